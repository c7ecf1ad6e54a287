"""The header of a GGUF file: a model's settings, and the shapes of its tensors.

It is read here and not by the package `gguf`, which takes seconds for the tokenizer of a
large vocabulary. Its form: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import mmap
import struct
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

from scripts.common import limits
from scripts.common.errors import InputError, read_by
from scripts.study.config_sizes import check_gguf_settings

STRING, ARRAY = 8, 9
NUMBERS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
VERSIONS = (2, 3)
ALIGNMENT = 32  # of the tensors' bytes, where the settings name no other
LONGEST = 64  # longer arrays, such as a tokenizer's, are passed over


@dataclass
class Reader:
    """A position in the bytes of a file, which are little-endian; `ValueError` beyond their end."""

    data: Any
    place: int = 0

    def skip(self, size: int) -> int:
        """Move behind so many bytes; return where they begin."""
        begin = self.place
        if size > len(self.data) - begin:
            raise ValueError("it ends within its header")
        self.place += size
        return begin

    def number(self, code: str) -> Any:
        """Return the number at the position, and move behind it."""
        form = f"<{code}"
        return struct.unpack_from(form, self.data, self.skip(struct.calcsize(form)))[0]

    def count(self, what: str, most: int, code: str = "Q") -> int:
        """Return a number of things that follow, which is bounded."""
        found: int = self.number(code)
        if found > most:
            raise ValueError(f"{found:,} {what}, expected at most {most:,}")
        return found

    def text(self) -> str:
        """Return the text at the position, and move behind it."""
        begin = self.skip(self.number("Q"))
        return str(self.data[begin : self.place], "utf-8", "replace")

    def value(self, kind: int, depth: int = 0) -> Any:
        """Return the value at the position, a long array as None, and move behind it."""
        if kind == STRING:
            return self.text()
        if kind != ARRAY:
            return self.number(code_of(kind))
        if depth == limits.GGUF_DEPTH:
            raise ValueError(f"more than {depth} arrays inside each other")
        inner, count = self.number("I"), self.number("Q")
        if inner == ARRAY or count <= LONGEST:
            return [self.value(inner, depth + 1) for _ in range(count)]
        if inner == STRING:
            for _ in range(count):
                self.skip(self.number("Q"))
        else:
            self.skip(count * struct.calcsize(f"<{code_of(inner)}"))
        return None

    def tensor(self) -> tuple[str, list[int], int, int]:
        """Return a tensor's name, its dimensions, the fastest first, its type and its offset."""
        name = self.text()
        dimensions = self.count("dimensions of a tensor", limits.GGUF_DIMENSIONS, "I")
        shape = [self.number("Q") for _ in range(dimensions)]
        return name, shape, self.number("I"), self.number("Q")


def code_of(kind: int) -> str:
    """Return the code of a kind of numbers for `struct`; `ValueError` where there is none."""
    if kind not in NUMBERS:
        raise ValueError(f"a value of the kind {kind}, which the format does not have")
    return NUMBERS[kind]


def read_header(file: Path) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Return a file's settings, and the dimensions of its tensors.

    Raises:
        InputError: if it is none, of a version that is not read, has sizes that no model has, or
            ends before its tensors do.
    """
    settings, tensors, end = read_by(partial(parse_header, file), file, "a whole model in GGUF")
    check_gguf_settings(settings, str(file))
    if file.stat().st_size < end:
        raise InputError(
            f"{file}: cut, it has {file.stat().st_size} bytes and its tensors end at {end}"
        )
    return settings, tensors


def parse_header(file: Path) -> tuple[dict[str, Any], dict[str, list[int]], int]:
    """Return what `read_header` does, and where the bytes of the tensors end; any error raises."""
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:4] != b"GGUF":
            raise InputError(f"{file}: found no GGUF header, expected a model in GGUF")
        reader = Reader(data, 4)
        version = reader.number("I")
        if version not in VERSIONS:
            raise InputError(f"{file}: is GGUF of version {version}, expected 2 or 3")
        tensors = reader.count("tensors", limits.GGUF_ENTRIES)
        settings = reader.count("settings", limits.GGUF_ENTRIES)
        found = {reader.text(): reader.value(reader.number("I")) for _ in range(settings)}
        listed = [reader.tensor() for _ in range(tensors)]
        begin = align(reader.place, found.get("general.alignment", ALIGNMENT))
        end = begin + max((tensor_end(*tensor) for tensor in listed), default=0)
    return found, {name: shape for name, shape, *_ in listed}, end


def align(place: int, alignment: Any) -> int:
    """Return the next multiple of an alignment; `ValueError` where that is none."""
    if type(alignment) is not int or alignment < 1:
        raise ValueError(f"general.alignment: found {alignment!r}, expected a positive number")
    return -(-place // alignment) * alignment


def tensor_end(name: str, shape: list[int], kind: int, offset: int) -> int:
    """Return where a tensor's bytes end, from the first tensor's; its offset if its type is new."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        count, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    except (KeyError, ValueError):
        return offset
    return offset + prod(shape) // count * size
