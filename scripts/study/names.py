"""Names that a study gives, which become parts of its files' names.

Two that differ only in case are one file where a file system tells no case (macOS, Windows).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scripts.common import limits
from scripts.common.errors import InputError, shorten
from scripts.study.registry import Registry
from scripts.study.study import BASE

PLAIN = re.compile(r"[A-Za-z0-9][\w-]*", re.ASCII)
# Folders of results/ beside those of the models' scores.
RESERVED = {
    "auxiliary", "benchmarks", "cards", "checkpoints", "checks", "clean", "cleaned", "comparisons",
    "corpora", "judgements", "logs", "models", "packed", "predictions", "raw", "records", "release",
    "shards", "tables", "timings", "tokenizers", "wordings",
}  # fmt: skip


def check_model_names(names: Iterable[str]) -> None:
    """Refuse names of models that would collide with folders of ``results/``, or break paths."""
    taken = {name.casefold(): name for name in (BASE, *RESERVED)}
    for name in names:
        if name in taken.values() or not PLAIN.fullmatch(name):
            raise InputError(
                f"models.{name}: the name is reserved, or not made of letters, digits, '-' and '_'"
            )
        check_length(name, "models")
        check_case(name, taken, "models")


def check_own_names(settings: Mapping[str, Any], registry: Registry) -> None:
    """Refuse names of a study's own data sets and benchmarks that break paths, or collide.

    Args:
        registry: without the study's own.
    """
    benchmarks = settings["benchmarks"].items()
    own = [name for name, written in benchmarks if "task" in (written or {})]
    for key, names, known in (
        ("sources", settings.get("sources", {}), registry.dataset_names()),
        ("benchmarks", own, registry.benchmark_names()),
    ):
        taken = {name.casefold(): name for name in known}
        for name in names:
            if not PLAIN.fullmatch(name):
                raise InputError(
                    f"{key}.{name}: expected a name of letters, digits, '-' and '_', as mine_en"
                )
            check_length(name, key)
            check_case(name, taken, key)


def check_length(name: str, key: str) -> None:
    """Refuse a name that is longer than a part of a file's name may be."""
    if len(name.encode()) > limits.NAME_BYTES:
        raise InputError(
            f"{key}.{shorten(name)}: expected a name of at most {limits.NAME_BYTES} bytes"
        )


def check_case(name: str, taken: dict[str, str], key: str) -> None:
    """Refuse a name that differs from another only in case; note it among them."""
    other = taken.setdefault(name.casefold(), name)
    if other != name:
        raise InputError(f"{key}.{name}: differs from {other!r} only in case; choose another")
