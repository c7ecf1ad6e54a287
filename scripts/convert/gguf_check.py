"""Whether transformers has read all of a GGUF file that changes a model's answers.

It passes over tensors and settings for which it has no name, without a word.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.convert.gguf_file import read_header

# Settings that change the numbers, by what transformers' configs call them.
NUMERIC = {
    "attn_logit_softcapping": ("attn_logit_softcapping",),
    "final_logit_softcapping": ("final_logit_softcapping",),
    "logit_scale": ("logit_scale",),
    "residual_scale": ("residual_multiplier",),
    "embedding_scale": ("embedding_multiplier",),
    "attention.scale": ("attention_multiplier",),
    "attention.clamp_kqv": ("clip_qkv",),
    "attention.sliding_window": ("sliding_window",),
    "attention.layer_norm_rms_epsilon": ("rms_norm_eps", "norm_eps"),
    "attention.layer_norm_epsilon": (
        "layer_norm_epsilon", "layer_norm_eps", "norm_epsilon", "norm_eps",
    ),
    "rope.scaling.type": ("rope_type",),
    "rope.freq_base": ("rope_theta",),
}  # fmt: skip
NEUTRAL = (None, 0, "none")
# How byte-level vocabularies split a text: those that transformers splits as GPT-2 and llama.cpp
# does so too, or so that no merge of theirs tells the difference.
AS_GPT2 = {"gpt-2", "default", "mpt", "olmo", "jais", "phi-2", "smollm", "bloom"}


def check_read(file: Path, model: Any) -> None:
    """Raise `InputError` where a loaded model is not all that its GGUF file says.

    Args:
        file: the GGUF file.
        model: what transformers made of it.
    """
    settings, tensors = read_header(file)
    factors = next((name for name in tensors if name.startswith("rope_f")), None)
    if factors:
        raise InputError(f"{file}: transformers does not read {factors} (scaled positions) from "
                         "GGUF; take the model in safetensors")  # fmt: skip
    check_settings(file, settings, model.config)
    check_count(file, tensors, model)
    split = settings.get("tokenizer.ggml.pre")
    if settings.get("tokenizer.ggml.model") == "gpt2" and not known_split(split):
        log.warning("%s: texts are split as GPT-2 does, for %r has no other way here", file, split)


def known_split(name: str | None) -> bool:
    """Tell whether the way is known in which a byte-level vocabulary splits texts."""
    from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS

    return name in AS_GPT2 or name in GGUF_PRE_TOKENIZER_SPLITS


def check_settings(file: Path, settings: Mapping[str, Any], config: Any) -> None:
    """Raise `InputError` where a setting of the file is another one in the config made of it."""
    kind = settings["general.architecture"]
    known = flatten(config.to_dict())
    width = settings.get(f"{kind}.attention.key_length")
    # Gemma's attention is scaled by a number that files do not hold: of its 27B models another one
    # than their heads' width, by which they are told.
    if "query_pre_attn_scalar" in known and width not in known["query_pre_attn_scalar"]:
        raise InputError(f"{file}: GGUF does not tell how the attention of {kind} with heads of "
                         f"{width} is scaled; take the model in safetensors")  # fmt: skip
    for key, names in NUMERIC.items():
        value = settings.get(f"{kind}.{key}")
        if value in NEUTRAL:
            continue
        found = [other for name in names for other in known.get(name, [])]
        if not any(same(value, other) for other in found):
            has = f"makes it {found[0]}" if found else "passes it over"
            raise InputError(f"{file}: {kind}.{key} is {value}, and transformers {has}; take the "
                             "model in safetensors")  # fmt: skip


def same(value: Any, other: Any) -> bool:
    """Tell whether two settings are equal, up to the float32 in which files hold numbers."""
    if isinstance(value, float) and isinstance(other, int | float):
        return math.isclose(value, other, rel_tol=1e-6)
    return bool(value == other)


def flatten(config: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return all values of a config by their keys, of nested ones too."""
    found: dict[str, list[Any]] = {}
    for key, value in config.items():
        if isinstance(value, Mapping):
            for inner, values in flatten(value).items():
                found.setdefault(inner, []).extend(values)
        else:
            found.setdefault(str(key), []).append(value)
    return found


def check_count(file: Path, tensors: Mapping[str, list[int]], model: Any) -> None:
    """Raise `InputError` unless the model has as many numbers as its file."""
    copied = {"output.weight"} if model.config.tie_word_embeddings else set()
    held = sum(math.prod(shape) for name, shape in tensors.items() if name not in copied)
    read = sum(weight.numel() for weight in model.parameters())
    if held != read:
        raise InputError(f"{file}: its tensors hold {held:,} numbers, and transformers makes a "
                         f"model of {read:,}; take the model in safetensors")  # fmt: skip
