"""How far what is compressed may expand: a few kilobytes must not fill the memory of a machine.

What comes out of an archive is bounded by what went in, and a member, which is read as a whole, by
the memory. The sizes that an archive announces are not trusted: `Bounded` counts.
"""

import bz2
import gzip
import lzma
import os
from pathlib import Path
from typing import IO, Any

from scripts.common import limits
from scripts.common.errors import InputError

OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}


def expansion_limit(packed: int) -> int:
    """Return how many bytes may come out of so many."""
    return max(limits.EXPANDED_BYTES, limits.EXPANSION * packed)


def check_expansion(place: str, size: int, packed: int) -> None:
    """Raise `InputError` where `size` bytes come out of `packed`."""
    if size > expansion_limit(packed):
        raise InputError(
            f"{place}: {packed:,} bytes expand to {size:,} or more, at most "
            f"{expansion_limit(packed):,} are read; refused"
        )


def check_memory(place: str, size: int) -> None:
    """Raise `InputError` where the memory does not hold `size` bytes."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if size > memory:
        raise InputError(f"{place}: is {size:,} bytes, the memory of this machine {memory:,}")


def open_bounded(path: Path) -> "Bounded | None":
    """Open a file that gzip, bzip2 or xz wrote; None where it is not compressed by one of them."""
    with path.open("rb") as stream:
        first = stream.read(6)
    for magic, opener in OPENERS.items():
        if first.startswith(magic):
            return Bounded(opener(path), str(path), path.stat().st_size)
    return None


class Bounded:
    """A compressed file, open for reading, that refuses to expand further than it may.

    `packed` is its size before; reading or seeking beyond the limit raises `InputError`, before
    anything is expanded.
    """

    def __init__(self, stream: IO[bytes], place: str, packed: int) -> None:
        self.stream, self.place, self.packed = stream, place, packed

    def read(self, size: int = -1) -> bytes:
        """Return `size` bytes, or all."""
        if size < 0:
            size = expansion_limit(self.packed) + 1 - self.tell()
            content = self.stream.read(size)
            check_expansion(self.place, self.tell(), self.packed)
            return content
        check_expansion(self.place, self.tell() + size, self.packed)
        return self.stream.read(size)

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        """Go to a position, which expands what is before it."""
        if whence == os.SEEK_SET:
            check_expansion(self.place, position, self.packed)
        return self.stream.seek(position, whence)

    def tell(self) -> int:
        """Return the position in what came out."""
        return self.stream.tell()

    def close(self) -> None:
        """Close the file."""
        self.stream.close()
