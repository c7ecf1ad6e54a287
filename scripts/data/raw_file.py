"""One published file, and where in it a loader is."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO

from scripts.common.errors import InputError
from scripts.data.compressed import BROKEN, bare_name, is_packed, open_through
from scripts.data.expansion import check_memory

BLOCK = 1 << 24  # bytes that are read at once
# What the first bytes of an archive are, and where.
ARCHIVES = ((0, b"PK\x03\x04"), (257, b"ustar"))


@dataclass
class Place:
    """Where a loader is in its files: ``mine.jsonl, line 7``; what reads them keeps it right."""

    file: str = ""
    unit: str = ""
    number: int | str = 0
    halves: bool = False  # whether JSON there escapes halves of characters

    def __str__(self) -> str:
        return f"{self.file}, {self.unit} {self.number}" if self.unit else self.file

    def enter(self, file: str, unit: str = "") -> None:
        """Be at the beginning of a file that is read by lines, records or whatever `unit` is."""
        self.halves = self.halves and file == self.file
        self.file, self.unit, self.number = file, unit, 0


@dataclass(frozen=True)
class RawFile:
    """A published file, or a member of an archive: its name for messages, its place or bytes.

    `packed` is the size of the archive, by which what comes out of its members is bounded.
    """

    name: str
    source: Path | bytes
    packed: int | None = None

    @property
    def bare(self) -> PurePosixPath:
        """Return the name without the ending of a compression."""
        return PurePosixPath(bare_name(self.name))

    def open(self) -> IO[bytes]:
        """Return a stream of the content, unpacked."""
        if isinstance(self.source, Path):
            return open_through(self.source.open("rb"), self.name)
        return open_through(io.BytesIO(self.source), self.name, self.packed)

    def blocks(self, stream: IO[bytes]) -> Iterator[bytes]:
        """Yield the content, which is to be in memory whole; `InputError` where it does not fit."""
        size = 0
        while block := stream.read(BLOCK):
            size += len(block)
            check_memory(self.name, size)
            yield block

    def size(self) -> int:
        """Return the bytes that were published, by which what comes out of them is bounded."""
        size = self.source.stat().st_size if isinstance(self.source, Path) else len(self.source)
        return size if self.packed is None else min(size, self.packed)

    def offset(self, number: int) -> int:
        """Return the number of bytes before a line, of the unpacked content."""
        with self.open() as stream:
            return sum(map(len, islice(stream, number - 1)))

    def read(self) -> bytes:
        """Return the content, unpacked; `InputError` if it is damaged, or an archive."""
        try:
            with self.open() as stream:
                content = b"".join(self.blocks(stream)) if is_packed(stream) else stream.read()
        except BROKEN as error:
            raise InputError(f"{self.name}: not readable: {error}") from error
        if any(content.startswith(signature, start) for start, signature in ARCHIVES):
            raise InputError(f"{self.name}: an archive, expected '#' and a path inside its address")
        return content


def split_lines(text: str) -> list[str]:
    """Return a text's lines; only a newline ends one, and the last one may lack it."""
    return text.removesuffix("\n").split("\n")
