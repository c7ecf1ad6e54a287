"""Reading files inside a wheel in place; nothing is extracted."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from scripts.common.errors import InputError


def read_members(path: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file in the wheel that matches, in order of name.

    ``*`` stays within one folder, ``**/`` spans any number of them. `InputError` if the file is
    no wheel or nothing matches.
    """
    matches = glob_pattern(pattern).fullmatch
    try:
        with zipfile.ZipFile(path) as wheel:
            names = sorted(name for name in wheel.namelist() if matches(name))
            for name in names:
                yield name, wheel.read(name)
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"{path}: not a readable wheel: {error}") from error
    if not names:
        raise InputError(f"{path}: no file inside matches {pattern!r}")


def glob_pattern(pattern: str) -> re.Pattern:
    """Return the regular expression of a glob with ``**/``, ``*`` and ``?``."""
    wildcards = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(wildcards.get(part, re.escape(part)) for part in parts))
