"""Which files of the hub's repositories are fetched: weights as safetensors, settings, tokenizer.

Pickles and code are not among them: neither is ever read.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from scripts.common.errors import InputError
from scripts.hub.card import CARD
from scripts.study.base_folder import ADAPTER, INDEX
from scripts.study.base_model import TOKENIZERS
from scripts.study.hub import HubModel

CONFIG, SINGLE = "config.json", "model.safetensors"
SETTINGS = (
    CONFIG, INDEX, CARD, "generation_config.json", "tokenizer.json", "tokenizer.model",
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
    "merges.txt", "chat_template.*", "LICENSE*",
)  # fmt: skip
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.msgpack", "*.h5")


def choose_settings(names: Iterable[str]) -> list[str]:
    """Return the small files to fetch: all but the weights, of the repository's first level."""
    return sorted(name for name in names if any(fnmatchcase(name, form) for form in SETTINGS))


def choose_weights(model: HubModel, names: Iterable[str], shards: Mapping[str, str]) -> list[str]:
    """Return the files of weights: those of the index, or the single one.

    Repositories may hold the same weights once more under other names (`consolidated.safetensors`).

    Args:
        model: the repository, for messages.
        names: the repository's files.
        shards: the file of each tensor by the repository's index; none where it has no index.
    """
    found = set(names)
    wanted = sorted(set(shards.values())) if shards else [SINGLE]
    for name in wanted:
        if name not in found or "/" in name or not name.endswith(".safetensors"):
            raise InputError(f"{model}: {INDEX} names {name!r}, which is none of its files")
    return wanted


def check_files(model: HubModel, names: Iterable[str]) -> None:
    """Raise `InputError` where a repository lacks what a base needs."""
    found = sorted(names)
    if CONFIG not in found:
        gguf = any(name.endswith(".gguf") for name in found)
        hint = "has GGUF files alone: fetch one, and write gguf: and its path" if gguf else LACKS
        if ADAPTER in found:
            hint = "is a LoRA adapter: merge it into its base, or name that"
        raise InputError(f"{model}: {hint}")
    if not {INDEX, SINGLE} & set(found):
        pickle = next((name for name in found if any(fnmatchcase(name, p) for p in PICKLES)), "")
        only = f"has its weights only as pickles ({pickle}), which are never read"
        hint = only if pickle else "has no weights"
        raise InputError(f"{model}: {hint}; expected {SINGLE}, or its shards and {INDEX}")
    if not set(TOKENIZERS) & set(found):
        raise InputError(f"{model}: has no tokenizer, expected {' or '.join(TOKENIZERS)}")


LACKS = "has no config.json, expected a model in Hugging Face's form"
