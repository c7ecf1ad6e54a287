"""A value inside a row, by a dotted path."""

from typing import Any


class NoPathError(ValueError):
    """A path that a row does not have; the message has the first step that is missing."""


def follow(row: Any, path: str) -> Any:
    """Return what is at a path as ``answers.text.0``: keys of mappings, numbers of lists' items.

    A column whose own name has dots is taken by its name.
    """
    if isinstance(row, dict) and path in row:
        return row[path]
    found = row
    for step in path.split("."):
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            raise NoPathError(step)
    return found
