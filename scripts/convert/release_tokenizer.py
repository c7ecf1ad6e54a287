"""A released model's tokenizer, which `transformers` 4 and 5 load to the same ids.

`transformers` 5 saves classes and keys that 4 does not know, and rebuilds a tokenizer by its
settings where 4 takes ``tokenizer.json`` as it is. So the settings name the plain class and keep no
key that would rebuild it.
"""

import shutil
from pathlib import Path
from typing import Any

from scripts.common.files import read_json, write_json, write_text

Settings = dict[str, Any]
PLAIN = "PreTrainedTokenizerFast"  # known to both; 5 calls it TokenizersBackend too
# What 5 writes for itself, and what makes it build a tokenizer's post-processor again.
DROPPED = {
    "add_bos_token", "add_eos_token", "add_prefix_space", "backend", "is_local", "legacy",
    "local_files_only", "sp_model_kwargs", "spaces_between_special_tokens",
    "use_default_system_prompt", "extra_special_tokens", "auto_map", "chat_template",
}  # fmt: skip
CARRIED = ("tokenizer.json", "tokenizer.model", "extension.json")
NO_BOUND = 10**9  # what stands for "no bound" is about 1e30


def write_settings(settings: Settings, window: int | None, template: str) -> Settings:
    """Return a ``tokenizer_config.json`` for all readers.

    Args:
        window: how many tokens the model was made for, where its config sets a bound.
        template: the chat template, which older readers look for here.
    """
    found = {key: value for key, value in settings.items() if key not in DROPPED}
    found["tokenizer_class"] = PLAIN
    # Off in 5 unless it is said; on in 4, where it joins " ." to "." in what is decoded.
    found.setdefault("clean_up_tokenization_spaces", False)
    more = settings.get("extra_special_tokens")
    if isinstance(more, list) and more:  # 4 wants a mapping, and a list under this name
        found["additional_special_tokens"] = more
    if window and found.get("model_max_length", NO_BOUND) >= NO_BOUND:
        found["model_max_length"] = window
    return found | {"chat_template": template}


def write_tokenizer(model: Path, window: int | None, template: str, output: Path) -> None:
    """Write a model's tokenizer into its release, with the chat template in both of its places."""
    for name in CARRIED:
        if (model / name).is_file():
            shutil.copyfile(model / name, output / name)
    settings = read_json(model / "tokenizer_config.json")
    write_json(output / "tokenizer_config.json", write_settings(settings, window, template))
    write_text(output / "chat_template.jinja", template)
