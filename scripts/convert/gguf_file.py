"""The header of a GGUF file: a model's settings, and the shapes of its tensors.

It is read here and not by the package `gguf`, which takes seconds for the tokenizer of a
large vocabulary. Its form: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import mmap
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError

STRING, ARRAY = 8, 9
NUMBERS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
VERSIONS = (2, 3)
ALIGNMENT = 32  # of the tensors' bytes, where the settings name no other
LONGEST = 64  # longer arrays, such as a tokenizer's, are passed over


@dataclass
class Reader:
    """A position in the bytes of a file, which are little-endian."""

    data: Any
    place: int = 0

    def number(self, code: str) -> Any:
        """Return the number at the position, and move behind it."""
        found = struct.unpack_from(f"<{code}", self.data, self.place)[0]
        self.place += struct.calcsize(f"<{code}")
        return found

    def text(self) -> str:
        """Return the text at the position, and move behind it."""
        length = self.number("Q")
        self.place += length
        return str(self.data[self.place - length : self.place], "utf-8", "replace")

    def value(self, kind: int) -> Any:
        """Return the value at the position, a long array as None, and move behind it."""
        if kind == STRING:
            return self.text()
        if kind != ARRAY:
            return self.number(NUMBERS[kind])
        inner, count = self.number("I"), self.number("Q")
        if count <= LONGEST or inner == ARRAY:
            return [self.value(inner) for _ in range(count)]
        if inner == STRING:
            for _ in range(count):
                self.place += struct.unpack_from("<Q", self.data, self.place)[0] + 8
        else:
            self.place += count * struct.calcsize(f"<{NUMBERS[inner]}")
        return None

    def tensor(self) -> tuple[str, list[int], int, int]:
        """Return a tensor's name, its dimensions, the fastest first, its type and its offset."""
        name, dimensions = self.text(), self.number("I")
        shape = [self.number("Q") for _ in range(dimensions)]
        return name, shape, self.number("I"), self.number("Q")


def read_header(file: Path) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Return a file's settings, and the dimensions of its tensors.

    Raises:
        InputError: if it is none, of a version that is not read, or ends before its tensors do.
    """
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:4] != b"GGUF":
            raise InputError(f"{file}: found no GGUF header, expected a model in GGUF")
        reader = Reader(data, 4)
        version = reader.number("I")
        if version not in VERSIONS:
            raise InputError(f"{file}: is GGUF of version {version}, expected 2 or 3")
        tensors, settings = reader.number("Q"), reader.number("Q")
        found = {reader.text(): reader.value(reader.number("I")) for _ in range(settings)}
        listed = [reader.tensor() for _ in range(tensors)]
        alignment = found.get("general.alignment", ALIGNMENT)
        begin = -(-reader.place // alignment) * alignment
        end = begin + max((tensor_end(*tensor) for tensor in listed), default=0)
    if file.stat().st_size < end:
        raise InputError(
            f"{file}: cut, it has {file.stat().st_size} bytes and its tensors end at {end}"
        )
    return found, {name: shape for name, shape, *_ in listed}


def tensor_end(name: str, shape: list[int], kind: int, offset: int) -> int:
    """Return where a tensor's bytes end, from the first tensor's; its offset if its type is new."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        count, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
    except (KeyError, ValueError):
        return offset
    return offset + prod(shape) // count * size
