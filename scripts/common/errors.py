"""The one kind of error a user can cause, and hints that say what was probably meant."""

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from scripts.common.escapes import clean_message

T = TypeVar("T")
SHOWN = 12  # names listed where none is near


class InputError(Exception):
    """Bad input: one line that names the file, the place, what was found and what was expected.

    It stays one line, which a terminal shows as it is, whatever was found (`clean_message`).
    """

    def __str__(self) -> str:
        return clean_message(super().__str__())


def read_by(read: Callable[[], T], path: str | Path, expected: str) -> T:
    """Return what a library reads; an `InputError` for whatever it raises at a damaged file.

    Libraries that read models raise nearly any kind of exception, a bare `Exception` too.
    """
    try:
        return read()
    except (InputError, MemoryError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, KeyError):  # whose text is the key alone
            reason = f"{type(error).__name__}: {reason}"
        raise InputError(
            f"{path}: cannot be read ({shorten(reason, 200)}), expected {expected}"
        ) from error


def shorten(text: str, most: int = 60) -> str:
    """Return a text of at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known name closest to `word`, else the known names."""
    names = sorted(str(name) for name in known)
    close = difflib.get_close_matches(str(word), names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    if not names:
        return ""
    shown = ", ".join(names[:SHOWN])
    more = f" … ({len(names)} in all)" if len(names) > SHOWN else ""
    return f"; expected one of: {shown}{more}"
