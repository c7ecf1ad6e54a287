"""One published file, and where in it a loader is."""

import io
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO

from scripts.common.errors import InputError
from scripts.data.compressed import BROKEN, bare_name, open_through

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
    """A published file, or a member of an archive: its name for messages, its place or bytes."""

    name: str
    source: Path | bytes

    @property
    def bare(self) -> PurePosixPath:
        """Return the name without the ending of a compression."""
        return PurePosixPath(bare_name(self.name))

    def open(self) -> IO[bytes]:
        """Return a stream of the content, unpacked."""
        if isinstance(self.source, Path):
            return open_through(self.source.open("rb"), self.name)
        return open_through(io.BytesIO(self.source), self.name)

    def offset(self, number: int) -> int:
        """Return the number of bytes before a line, of the unpacked content."""
        with self.open() as stream:
            return sum(map(len, islice(stream, number - 1)))

    def read(self) -> bytes:
        """Return the content, unpacked; `InputError` if it is damaged, or an archive."""
        try:
            with self.open() as stream:
                content = stream.read()
        except BROKEN as error:
            raise InputError(f"{self.name}: not readable: {error}") from error
        if any(content.startswith(signature, start) for start, signature in ARCHIVES):
            raise InputError(f"{self.name}: an archive, expected '#' and a path inside its address")
        return content


def split_lines(text: str) -> list[str]:
    """Return a text's lines; only a newline ends one, and the last one may lack it."""
    return text.removesuffix("\n").split("\n")
