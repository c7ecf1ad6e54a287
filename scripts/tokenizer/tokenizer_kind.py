"""Which kind of tokenizer a folder holds, and whether its vocabulary can be extended.

find_kind(Path("results/models/base"))  # "byte-level BPE"
"""

from pathlib import Path

from scripts.common.errors import InputError
from scripts.common.files import Fields, read_json
from scripts.tokenizer.extension_file import BYTE_LEVEL, CHARACTERS, SENTENCEPIECE
from scripts.tokenizer.tokenizer_json import Spec

SPACE = "▁"
FIELDS: Fields = {"model": dict, "added_tokens": list, "pre_tokenizer": (dict, type(None))}
ONLY = "only BPE of bytes, or of characters with byte fallback, can be extended"
MARKED = ("continuing_subword_prefix", "end_of_word_suffix")  # as CLIP's and GPT-1's


def find_kind(folder: Path) -> str:
    """Return the kind of a base's tokenizer; `InputError` for one that cannot be extended."""
    if (folder / "tokenizer.model").is_file():
        return SENTENCEPIECE
    return BYTE_LEVEL if writes_bytes(read_bpe(folder)) else CHARACTERS


def read_bpe(folder: Path) -> Spec:
    """Read a folder's ``tokenizer.json``; `InputError` where it is missing or another kind."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise InputError(
            f"{folder}: no tokenizer.json and no tokenizer.model; expected a tokenizer"
        )
    spec = read_json(path, "a tokenizer", FIELDS)
    model = spec["model"]
    kind = model.get("type", "BPE" if "merges" in model else "unknown")
    if kind != "BPE":
        raise InputError(f"{path}: a {kind} tokenizer; {ONLY}")
    for key in MARKED:
        if model.get(key):
            raise InputError(f"{path}: it marks parts of words ({key} {model[key]!r}); {ONLY}")
    if not writes_bytes(spec) and not writes_spaces(spec):
        raise InputError(f"{path}: BPE of characters without byte fallback; {ONLY}")
    return spec


def writes_bytes(spec: Spec) -> bool:
    """Tell whether a pre-tokenizer writes text as bytes, GPT-2's way."""
    steps = spec["pre_tokenizer"] or {}
    kinds = [step["type"] for step in steps.get("pretokenizers", [steps]) if step]
    return "ByteLevel" in kinds


def writes_spaces(spec: Spec) -> bool:
    """Tell whether a model writes unknown characters as bytes, and a space as SentencePiece."""
    model = spec["model"]
    return bool(model.get("byte_fallback")) and SPACE in model["vocab"]
