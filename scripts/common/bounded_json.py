"""JSON from outside, within limits of nesting: whatever goes through a value may then call itself.

Python's own reader gives up near a thousand levels, by an error that is no `ValueError`; a value
that it can just read ends what writes, compares or checks it.
"""

import json
from typing import Any

from scripts.common import limits

OPENING = {str: ("[", "{"), bytes: (b"[", b"{")}


def load_json(text: str | bytes) -> Any:
    """Return the value of a JSON text; `ValueError` where it is none, or nested too deeply."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise too_deep() from None
    # Nearly every text has fewer lists and mappings than may be inside each other.
    marks: Any = OPENING[type(text)]
    if sum(map(text.count, marks)) > limits.JSON_DEPTH and is_deep(value):
        raise too_deep()
    return value


def too_deep() -> ValueError:
    """Return what is wrong with a text that is nested too deeply."""
    return ValueError(f"more than {limits.JSON_DEPTH} lists and mappings inside each other")


def is_deep(value: Any) -> bool:
    """Tell whether more lists and mappings are inside each other than may be."""
    level = [value]
    for _ in range(limits.JSON_DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, list | dict)
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, list | dict)
        ]
        if not level:
            return False
    return True
