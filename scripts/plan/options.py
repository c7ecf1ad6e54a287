"""Words of a command line, from values of a study."""

from collections.abc import Iterable


def flags(option: str, values: Iterable[object]) -> list[str]:
    """Return ``--option value …``; nothing where no value is set (not None)."""
    words = [str(value) for value in values if value is not None]
    return [option, *words] if words else []


def repeated(option: str, rows: Iterable[Iterable[str]]) -> list[str]:
    """Return the option once a row, each time with the words of the row."""
    return [word for row in rows for word in (option, *row)]
