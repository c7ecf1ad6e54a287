"""Opening files as published: gzip, bzip2, xz and Zstandard are read through.

What a file is, its first bytes tell: a browser may have unpacked what is called ``.gz``. None
expands further than `scripts.data.expansion` lets it.
"""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO, Any

import pyarrow as pa

from scripts.data.expansion import check_expansion

BLOCK = 1 << 18
SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, pa.ArrowInvalid)


def open_zstandard(stream: IO[bytes]) -> io.BufferedReader:
    """Return a stream of what a Zstandard file holds."""
    return io.BufferedReader(pa.CompressedInputStream(stream, "zstd"), BLOCK)


def open_gzip(stream: IO[bytes]) -> gzip.GzipFile:
    """Return a stream of what a gzip file holds."""
    return gzip.GzipFile(fileobj=stream)


OPENERS: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": open_gzip,
    b"BZh91AY&SY": bz2.BZ2File,  # with its first block: three letters alone may begin a text
    b"\xfd7zXZ\0": lzma.LZMAFile,
    b"\x28\xb5\x2f\xfd": open_zstandard,
}
LONGEST = max(map(len, OPENERS))


class Counted(io.RawIOBase):
    """What comes out of a compressed file of `packed` bytes; it refuses to be too much."""

    def __init__(self, stream: IO[bytes], place: str, packed: int) -> None:
        self.stream, self.place, self.packed, self.size = stream, place, packed, 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; `InputError` beyond the limit."""
        block = self.stream.read(len(buffer))
        self.size += len(block)
        check_expansion(self.place, self.size, self.packed)
        buffer[: len(block)] = block
        return len(block)


def open_through(stream: IO[bytes], place: str, published: int | None = None) -> IO[bytes]:
    """Return a stream of a file's content, unpacked where the file is compressed.

    Args:
        stream: the file.
        place: its name for messages.
        published: bytes of what it was in, an archive; None: it was published as it is.
    """
    size = stream.seek(0, io.SEEK_END)
    packed = size if published is None else min(size, published)
    stream.seek(0)
    head = stream.read(LONGEST)
    stream.seek(0)
    for signature, opener in OPENERS.items():
        if head.startswith(signature):
            return io.BufferedReader(Counted(opener(stream), place, packed), BLOCK)
    return stream


def is_packed(stream: IO[bytes]) -> bool:
    """Tell whether a stream of `open_through` is of a compressed file."""
    return isinstance(getattr(stream, "raw", None), Counted)


def bare_name(name: str) -> str:
    """Return a file's name without the ending of its compression."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in SUFFIXES else name
