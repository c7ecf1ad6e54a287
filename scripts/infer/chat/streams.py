"""Standard input and output of a conversation; nothing here takes long to import."""

import io
import os
import sys
from collections.abc import Iterator

from scripts.common.errors import InputError

UNREAD = 141  # as a program that SIGPIPE ends


def set_streams() -> None:
    """Let what comes and goes be UTF-8; what is none becomes U+FFFD, as everywhere.

    Raises:
        InputError: if there is no input, or nothing to write to.
    """
    if sys.stdin is None or sys.stdout is None:
        raise InputError("standard input or output: found it closed, expected it open")
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if sys.stdout.isatty():
        # Of a window as it was: what is drawn asks for its size, and has these taken for it first.
        for name in ("COLUMNS", "LINES"):
            os.environ.pop(name, None)


def read_whole() -> str:
    """Return standard input as one question.

    Raises:
        InputError: if there is none.
    """
    text = sys.stdin.read().strip("\r\n")
    if not text.strip():
        raise InputError("standard input: found no question")
    return text


def read_lines() -> Iterator[str]:
    """Yield the lines of standard input that are not empty, as they come.

    Raises:
        InputError: if there are none.
    """
    found = False
    for line in sys.stdin:
        line = line.rstrip("\r\n")
        if line.strip():
            found = True
            yield line
    if not found:
        raise InputError("standard input: found no question")


def end_unread() -> None:
    """End without a word, since nobody reads what is written."""
    # Python would write what is left at its end, and complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(UNREAD)
