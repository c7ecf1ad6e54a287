"""Reading files inside a wheel or an archive in place; nothing is extracted.

A member that would leave the archive's folder, by its name or as a link, is refused: what it
points to is not what the archive's SHA-256 covers.
"""

import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.common.errors import InputError
from scripts.study.sources import is_relative

Matches = Callable[[str], re.Match[str] | None]

BROKEN = (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, zlib.error)


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
        raise InputError(f"{path}: not a readable archive: {error}") from error
    if not found:
        raise InputError(f"{path}: no file inside matches {pattern!r}")


def read_zip(path: Path, matches: Matches) -> Iterator[tuple[str, bytes]]:
    """Yield the matching files of a zip or a wheel."""
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if matches(entry.filename)]
        for entry in sorted(entries, key=lambda entry: entry.filename):
            is_link = stat.S_ISLNK(entry.external_attr >> 16)
            check_member(path, entry.filename, is_link)
            if not entry.is_dir():
                yield entry.filename, archive.read(entry)


def read_tar(path: Path, matches: Matches) -> Iterator[tuple[str, bytes]]:
    """Yield the matching files of a tar, compressed or not."""
    with tarfile.open(path) as archive:
        entries = [entry for entry in archive if matches(entry.name.removeprefix("./"))]
        for entry in sorted(entries, key=lambda entry: entry.name):
            check_member(path, entry.name, not (entry.isfile() or entry.isdir()))
            if entry.isfile():
                content = archive.extractfile(entry)
                yield entry.name, content.read() if content else b""


def check_member(path: Path, name: str, is_link: bool) -> None:
    """Refuse links, devices and names that lead out of the archive."""
    if is_link or not is_relative(name):
        raise InputError(f"{path}: {name!r} inside is a link or leads outside; refused")


def glob_pattern(pattern: str) -> re.Pattern:
    """Return the regular expression of a glob with ``**/``, ``*`` and ``?``."""
    wildcards = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(wildcards.get(part, re.escape(part)) for part in parts))
