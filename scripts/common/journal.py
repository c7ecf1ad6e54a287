"""A journal: JSON lines that are only ever appended to, so that a killed process loses nothing more
than the line it was writing.

Example::

    with Journal(Path(".open_en.replies.jsonl")) as journal:
        known = {line["key"] for line in journal.lines}  # what earlier processes wrote
        journal.add({"key": "a", "reply": "8 7"})         # on disk when this returns
"""

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scripts.common.command import log


class Journal:
    """A journal that is open for appending; `lines` are those that were there when it was opened.

    A last line without an end, from a process killed while writing, is cut off the file. Two
    processes must not hold one journal at a time: see `scripts.common.files.exclusive`.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.lines: list[Any] = read_lines(path)
        self.stream = path.open("a", encoding="utf-8")

    def add(self, line: Any) -> None:
        """Append a line; once this returns, a killed process does not lose it."""
        self.stream.write(json.dumps(line, ensure_ascii=False) + "\n")
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
    """Return a journal's complete lines, and cut an incomplete last one off the file."""
    content = path.read_bytes() if path.exists() else b""
    complete = content[: content.rfind(b"\n") + 1]
    if len(complete) < len(content):
        log.info("%s: the last line is incomplete, cutting it off", path)
        with path.open("r+b") as stream:
            stream.truncate(len(complete))
    return [json.loads(line) for line in complete.splitlines()]
