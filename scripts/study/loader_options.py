"""The options of loaders, which an entry of the registry or a study's own data set may name."""

from collections.abc import Mapping
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
VALUES = {"unit": ("line", "paragraph", "file")}


def check_options(options: Mapping[str, Any], loader: str) -> None:
    """Raise `InputError` for an option that the loader does not have, or a value of none."""
    known = (*ALL, *OPTIONS.get(loader, ()))
    for name, value in options.items():
        if name not in known:
            raise InputError(f"options: the loader {loader} has no {name!r}{nearest(name, known)}")
        if name in VALUES and value not in VALUES[name]:
            raise InputError(
                f"options.{name}: found {value!r}, expected one of {', '.join(VALUES[name])}"
            )
