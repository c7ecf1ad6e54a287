"""The options of loaders, which an entry of the registry or a study's own data set may name."""

import codecs
from collections.abc import Callable, Mapping
from typing import Any

from scripts.common.errors import InputError, nearest

ALL = ("encoding",)
OPTIONS = {
    "billa": ("files",),
    "cedict": ("part",),
    "chapters": ("chapters",),
    "lcsts": ("least_label",),
    "table": (
        "columns", "constants", "delimiter", "digits", "format", "header", "labels", "quotes",
        "records", "unit",
    ),
    "tsv": ("columns", "threshold"),
}  # fmt: skip
# By option, what a value must be, and how that is called.
FORMS = ("json", "jsonl", "ndjson", "csv", "tsv", "parquet", "arrow", "tmx", "txt", "md")
UNITS = ("line", "paragraph", "file")
VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "delimiter": (lambda value: isinstance(value, str) and len(value) == 1, "one character"),
    "digits": (lambda value: type(value) is int and 0 < value < 20, "a whole number"),
    "encoding": (lambda value: is_encoding(value), "an encoding as gb18030"),
    "format": (lambda value: str(value).removeprefix(".") in FORMS, f"one of {', '.join(FORMS)}"),
    "header": (lambda value: is_texts(value), "a list of names of columns"),
    "labels": (lambda value: isinstance(value, list) and len(value) > 1, "a list of labels"),
    "quotes": (lambda value: isinstance(value, bool), "true or false"),
    "records": (lambda value: isinstance(value, str), "a dotted path"),
    "unit": (lambda value: value in UNITS, f"one of {', '.join(UNITS)}"),
}


def is_encoding(value: Any) -> bool:
    """Tell whether a value names one of Python's encodings."""
    try:
        return bool(codecs.lookup(value))
    except (LookupError, TypeError):
        return False


def is_texts(value: Any) -> bool:
    """Tell whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def check_options(options: Mapping[str, Any], loader: str) -> None:
    """Raise `InputError` for an option that the loader does not have, or a value of none."""
    known = (*ALL, *OPTIONS.get(loader, ()))
    for name, value in options.items():
        if name not in known:
            raise InputError(f"options: the loader {loader} has no {name!r}{nearest(name, known)}")
        is_right, expected = VALUES.get(name, (None, ""))
        if is_right and not is_right(value):
            raise InputError(f"options.{name}: found {value!r}, expected {expected}")
