"""Reading files inside a wheel or an archive in place; nothing is extracted.

A member that would leave the archive's folder, by its name or as a link, is refused: what it
points to is not what the archive's SHA-256 covers. So is an archive that expands too far
(`scripts.data.expansion`).
"""

import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.data.expansion import check_expansion, check_memory, open_bounded
from scripts.study.sources import is_relative

Matches = Callable[[str], re.Match[str] | None]

# A member that is encrypted, or packed in a way Python does not know, is a RuntimeError.
BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, RuntimeError, zlib.error,
    lzma.LZMAError,
)  # fmt: skip


def read_members(path: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file inside that matches, in order of name.

    ``*`` stays within one folder, ``**/`` spans any number of them. `InputError` if the file is
    no archive, nothing matches, or a match is a link or has an unsafe name.
    """
    matches = glob_pattern(pattern).fullmatch
    read = read_zip if zipfile.is_zipfile(path) else read_tar
    found = False
    try:
        for name, content in read(path, matches):
            found = True
            yield name, content
    except BROKEN as error:
        reason = str(error).partition("\n")[0].rstrip(":")  # tarfile lists what it tried
        raise InputError(f"{path}: not a readable archive: {reason}") from error
    if not found:
        raise InputError(f"{path}: no file inside matches {pattern!r}")


def read_zip(path: Path, matches: Matches) -> Iterator[tuple[str, bytes]]:
    """Yield the matching files of a zip or a wheel."""
    with zipfile.ZipFile(path) as archive:
        check_count(path, len(archive.infolist()))
        entries = [entry for entry in archive.infolist() if matches(entry.filename)]
        # A member never yields more than it announces.
        size = sum(entry.file_size for entry in entries)
        check_expansion(str(path), size, path.stat().st_size)
        for entry in sorted(entries, key=lambda entry: entry.filename):
            is_link = stat.S_ISLNK(entry.external_attr >> 16)
            check_member(path, entry.filename, is_link)
            if not entry.is_dir():
                check_memory(f"{path}: {entry.filename!r}", entry.file_size)
                yield entry.filename, archive.read(entry)


def read_tar(path: Path, matches: Matches) -> Iterator[tuple[str, bytes]]:
    """Yield the matching files of a tar, compressed or not."""
    with open_tar(path) as archive:
        entries = [
            entry for entry in count(archive, path) if matches(entry.name.removeprefix("./"))
        ]
        # A sparse member announces more than is there.
        check_expansion(str(path), sum(entry.size for entry in entries), path.stat().st_size)
        for entry in sorted(entries, key=lambda entry: entry.name):
            check_member(path, entry.name, not (entry.isfile() or entry.isdir()))
            if entry.isfile():
                check_memory(f"{path}: {entry.name!r}", entry.size)
                content = archive.extractfile(entry)
                yield entry.name, content.read() if content else b""


@contextmanager
def open_tar(path: Path) -> Iterator[tarfile.TarFile]:
    """Open a tar, compressed or not; it refuses to expand too far."""
    stream: Any = open_bounded(path)
    if stream is None:
        with tarfile.open(path) as archive:
            yield archive
        return
    with closing(stream), tarfile.open(fileobj=stream, mode="r:") as archive:
        yield archive


def count(archive: tarfile.TarFile, path: Path) -> Iterator[tarfile.TarInfo]:
    """Yield a tar's members; `InputError` where there are too many to be held in memory."""
    for number, entry in enumerate(archive, 1):
        check_count(path, number)
        yield entry


def check_count(path: Path, members: int) -> None:
    """Refuse an archive of more members than an archive may have."""
    if members > limits.MEMBERS:
        raise InputError(f"{path}: more than {limits.MEMBERS:,} members; refused")


def check_member(path: Path, name: str, is_link: bool) -> None:
    """Refuse links, devices and names that lead out of the archive."""
    if is_link or not is_relative(name):
        raise InputError(f"{path}: {name!r} inside is a link or leads outside; refused")


def glob_pattern(pattern: str) -> re.Pattern:
    """Return the regular expression of a glob with ``**/``, ``*`` and ``?``."""
    wildcards = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(wildcards.get(part, re.escape(part)) for part in parts))
