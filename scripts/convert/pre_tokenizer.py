"""What llama.cpp calls a byte-level tokenizer's way to split text before merging.

llama.cpp has these ways in its code, by name; its converter knows a model's by the ids of one text,
which an extended vocabulary changes. So the name is read off the tokenizer itself.

    name_splitting(read_json(folder / "tokenizer.json"))  # "gpt-2"
"""

from typing import Any

from scripts.tokenizer.tokenizer_json import Spec

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|"
WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+|"
REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
# By the pattern that a text is split by;
PATTERNS = {
    GPT2: "gpt-2",
    CONTRACTIONS + WORDS + r"\p{N}{1,3}" + REST: "llama-bpe",  # Llama 3
    CONTRACTIONS + WORDS + r"\p{N}" + REST: "qwen2",  # Qwen 2, 2.5 and 3
}


def name_splitting(spec: Spec) -> str | None:
    """Return the name, or None where it is none of those that are known here."""
    steps = list_steps(spec.get("pre_tokenizer"))
    if spec.get("normalizer") is not None and spec["normalizer"].get("type") != "NFC":
        return None
    last = steps[-1] if steps else {}
    if last.get("type") != "ByteLevel" or last.get("add_prefix_space"):
        return None
    before = steps[:-1]
    if last.get("use_regex", True):  # GPT-2's pattern, in the step itself
        if not before:
            return "gpt-2"
        digits = len(before) == 1 and before[0] == {"type": "Digits", "individual_digits": True}
        return "smollm" if digits else None
    if len(before) == 1 and before[0]["type"] == "Split":
        return PATTERNS.get(before[0]["pattern"].get("Regex", ""))
    return None


def list_steps(splitting: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the steps of a pre-tokenizer, which may be a sequence of several."""
    if splitting is None:
        return []
    if splitting["type"] == "Sequence":
        return [step for part in splitting["pretokenizers"] for step in list_steps(part)]
    return [splitting]
