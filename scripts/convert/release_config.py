"""The settings of a released model, as older and newer readers want them.

`transformers` 5 writes what rotates positions as ``rope_parameters``; 4, and what reads as it does,
looks for ``rope_theta`` and ``rope_scaling`` and takes another base without a word where they are
missing. Likewise `dtype` was `torch_dtype`. Both readers find theirs; `transformers` 5 reads the
same settings as before, which `release_model` checks.
"""

from pathlib import Path
from typing import Any

from scripts.common.files import read_json
from scripts.convert.published import read_published

Config = dict[str, Any]
# Of layers that see all of a text, and of those that see a window.
WHOLE, WINDOW = "full_attention", "sliding_attention"


def write_config(config: Config, kind: str) -> Config:
    """Return a ``config.json`` for all readers, of weights of this number type."""
    found = add_older(config) | {"dtype": kind, "torch_dtype": kind}
    if isinstance(config.get("text_config"), dict):
        found["text_config"] = add_older(config["text_config"]) | {"dtype": kind}
    found.pop("_name_or_path", None)  # where the base came from; the card says it
    return found


def add_older(config: Config) -> Config:
    """Return a config with the older names of what rotates positions."""
    rope = config.get("rope_parameters")
    if not rope:
        return config
    if isinstance(rope.get(WHOLE), dict):  # by the kind of layer
        older = older_names(rope[WHOLE])
        if rope.get(WINDOW):
            older["rope_local_base_freq"] = rope[WINDOW]["rope_theta"]
        return config | older
    return config | older_names(rope)


def older_names(rope: Config) -> Config:
    """Return ``rope_theta``, ``partial_rotary_factor`` and, where positions scale, how."""
    found: Config = {
        key: rope[key] for key in ("rope_theta", "partial_rotary_factor") if key in rope
    }
    scaling = {key: value for key, value in rope.items() if key not in found}
    if scaling.get("rope_type", "default") != "default":
        found["rope_scaling"] = scaling
    return found


def write_generation(config: Config, ends: list[int], begin: int | None, pad: int) -> Config:
    """Return a ``generation_config.json``: where an answer ends, as the model was trained.

    Args:
        ends: the tokens that end an answer.
        begin: the token that begins a text, if there is one.
        pad: what rows of unequal length are filled with.
    """
    known = {"transformers_version": config.get("transformers_version")}
    tokens = {
        "bos_token_id": begin,
        "eos_token_id": ends if len(ends) > 1 else ends[0],
        "pad_token_id": pad,
    }
    return {key: value for key, value in (tokens | known).items() if value is not None}


def published_type(base: Path) -> str:
    """Return the number type in which a base was published, or else that of its folder.

    Args:
        base: its folder in ``results/models``.
    """
    config = read_json(base / "config.json")
    own = config.get("dtype") or (config.get("text_config") or {}).get("dtype") or "float32"
    return str(read_published(base).get("dtype") or own)
