"""In which of several ways a model is asked: the fastest that is exact.

As `scripts.preflight.check_base` measured it, or else as is measured on a small copy of the model.
"""

from pathlib import Path
from typing import Any, Protocol

from transformers import PretrainedConfig

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.convert.exactness import Measure, describe, first_exact, read_verdict
from scripts.convert.small_copy import mark_of

GENERATE, RANK, MEASURE = "generate", "rank", "measure"


class Asked(Protocol):
    """A model's folder, and what `check_base` wrote of its architecture, if it has run."""

    @property
    def model(self) -> Path: ...

    @property
    def checks(self) -> Path | None: ...


def choose_way(
    subject: str,
    measure: Measure,
    config: PretrainedConfig,
    asked: Asked,
    fastest: str,
) -> str:
    """Return the fastest exact way of what is asked, and say so where it is not the fastest.

    Raises:
        InputError: if no way is exact.
    """
    tried = read_verdict(asked.checks, mark_of(config)).get(subject)
    # A verdict of before this way was there does not know it.
    if not tried or fastest not in tried:
        tried = measure(config)
    way = first_exact(tried)
    if way is None:
        raise InputError(
            f"{asked.model}: no way to {subject} is exact for {config.model_type} "
            f"({describe(tried)})"
        )
    if way != next(iter(tried)):
        log.info("%s: %s, since %s", subject, way, describe(tried))
    return way


def name_way(way: str, fastest: str) -> dict[str, Any]:
    """Return what predictions say of a way: nothing of the fastest, with which they began."""
    return {} if way == fastest else {"way": way}
