"""The one kind of error a user can cause, and hints that say what was probably meant."""

import difflib
from collections.abc import Iterable

SHOWN = 12  # names listed where none is near


class InputError(Exception):
    """Bad input: one line that names the file, the place, what was found and what was expected."""


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
