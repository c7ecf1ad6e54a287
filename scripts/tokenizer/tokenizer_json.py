"""A ``tokenizer.json`` as it is stored: loading it, its merges, a copy with fewer tokens."""

import json
from typing import Any, TypeAlias

from tokenizers import Tokenizer

Spec: TypeAlias = dict[str, Any]  # a tokenizer.json


def load(spec: Spec) -> Tokenizer:
    """Return the tokenizer of a ``tokenizer.json``."""
    return Tokenizer.from_str(json.dumps(spec))


def split_merge(merge: str | list[str]) -> tuple[str, str]:
    """Return a merge's halves; the file has them in a list or, if older, as ``"left right"``."""
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    return left, right


def drop_tokens(spec: Spec, names: set[str]) -> Spec:
    """Return `spec` without tokens of these names, and without merges that need or make one."""
    model = drop_merges(spec["model"], names)
    vocab = {name: token for name, token in model["vocab"].items() if name not in names}
    return spec | {"model": model | {"vocab": vocab}}


def drop_merges(model: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Return the model of a ``tokenizer.json`` without merges that need or make such a token."""
    merges = []
    for merge in model["merges"]:
        left, right = split_merge(merge)
        if names.isdisjoint((left, right, left + right)):
            merges.append(merge)
    return model | {"merges": merges}
