"""A journal: JSON lines that are only ever appended to, so that a killed process loses nothing more
than the line it was writing.

Example::

    with Journal(Path(".open_en.replies.jsonl")) as journal:
        known = {line["key"] for line in journal.lines}  # what earlier processes wrote
        journal.add({"key": "a", "reply": "8 7"})         # on disk when this returns
"""

import json
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scripts.common.command import log
from scripts.common.files import atomic_path

SEPARATOR = b"\t"  # JSON never holds it; what follows it is the line's digest
DIGITS = 16  # of the SHA-256, in hex


class Journal:
    """A journal that is open for appending; `lines` are those that were there when it was opened.

    A last line without an end, from a process killed while writing, and lines that were damaged
    since they were written are dropped from the file. Two processes must not hold one journal at a
    time: see `scripts.common.files.exclusive`.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.lines: list[Any] = read_lines(path)
        self.stream = path.open("ab")

    def add(self, line: Any) -> None:
        """Append a line; once this returns, a killed process does not lose it."""
        text = json.dumps(line, ensure_ascii=False).encode()
        self.stream.write(text + SEPARATOR + digest(text) + b"\n")
        self.stream.flush()

    def clear(self) -> None:
        """Start over, with no line."""
        self.lines = []
        self.stream.truncate(0)

    def close(self) -> None:
        """Close the file."""
        self.stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_lines(path: Path) -> list[Any]:
    """Return a journal's intact lines, and drop the others from the file."""
    content = path.read_bytes() if path.exists() else b""
    intact = intact_lines(content)
    kept = b"".join(line + b"\n" for line in intact)
    if kept != content:
        log.warning("%s: %d lines are intact, dropping what is not", path, len(intact))
        with atomic_path(path) as partial:
            partial.write_bytes(kept)
    return parse_lines(intact)


def look_at_lines(path: Path) -> list[Any]:
    """Return the intact lines of a journal that another process may be writing; change nothing."""
    return parse_lines(intact_lines(path.read_bytes()))


def intact_lines(content: bytes) -> list[bytes]:
    """Return the intact ones of a journal's lines; what follows the last end of one was torn."""
    return [line for line in content.split(b"\n")[:-1] if is_intact(line)]


def parse_lines(intact: list[bytes]) -> list[Any]:
    """Return what lines say."""
    return [json.loads(line.partition(SEPARATOR)[0]) for line in intact]


def digest(text: bytes) -> bytes:
    """Return what tells a line from a damaged one."""
    return sha256(text).hexdigest()[:DIGITS].encode()


def is_intact(line: bytes) -> bool:
    """Tell whether a line's digest is that of its text; one that never had a digest is JSON."""
    text, separator, found = line.partition(SEPARATOR)
    if separator:
        return found == digest(text)
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
