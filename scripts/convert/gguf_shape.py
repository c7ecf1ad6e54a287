"""The shape of a model in a GGUF file, by its header alone: a plan must read no weights."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from scripts.common.errors import read_by
from scripts.convert.gguf_file import read_header
from scripts.convert.model_shape import Shape


@cache
def gguf_shape(file: Path) -> Shape:
    """Return the shape of the model in a GGUF file; `InputError` where it is none."""
    return read_by(lambda: header_shape(*read_header(file)), file, "a model in GGUF")


def header_shape(settings: Mapping[str, Any], tensors: Mapping[str, list[int]]) -> Shape:
    """Return the shape that a header describes."""
    kind = settings["general.architecture"]

    def setting(name: str) -> Any:
        found = settings.get(f"{kind}.{name}")
        return max(found) if isinstance(found, list) else found  # a list has a number a layer

    def size(name: str, least: int = 1) -> int:
        found = setting(name)
        if found is None or found < least:
            raise ValueError(f"{kind}.{name}: found {found}, expected a number from {least} on")
        return int(found)

    heads = size("attention.head_count")
    return Shape(
        layers=size("block_count"),
        width=size("embedding_length"),
        heads=heads,
        kv_heads=setting("attention.head_count_kv") or heads,
        intermediate=size("feed_forward_length", 0),
        vocabulary=tensors["token_embd.weight"][1],
        tied="output.weight" not in tensors,
        gated="blk.0.ffn_gate.weight" in tensors or kind == "phi3",
        head_dim=setting("attention.key_length"),
    )
