"""Of several ways to compute the same, the first that is exact; what `check_base` has found.

The fastest way is right for most architectures and silently wrong for some: a mask that knows
nothing of packed examples, a window that padding stretches, a state that leaks. So each way is
measured on a small copy of the model (`scripts.convert.small_copy`) against plain forward passes.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from pathlib import Path
from typing import Any

import torch
from transformers import PretrainedConfig
from transformers.utils import logging

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.convert.small_copy import in_double

EXACT = 1e-5  # relative, in float32
DOUBTFUL = 1e-3  # above it no rounding is
# By way: the relative difference from plain passes, or why it could not be computed.
Tried = dict[str, float | str]
Measure = Callable[[PretrainedConfig], Tried]


def try_ways(ways: Mapping[str, Callable[[], float]], every: bool = False) -> Tried:
    """Return what was found of each way, up to the first exact one, or of `every`."""
    found: Tried = {}
    for name, measure in ways.items():
        found[name] = try_way(measure)
        if is_exact(found[name]) and not every:
            break
    return found


def try_way(measure: Callable[[], float]) -> float | str:
    """Return what `measure` finds, or in one line why it fails; no random number is used up."""
    logging.disable_progress_bar()
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            return measure()
    except Exception as error:  # what an architecture lacks shows as any error of its own code
        return line_of(error)


def line_of(error: Exception) -> str:
    """Return the first sentence of an error's text."""
    text = " ".join(str(error).strip().partition("\n")[0].partition(". ")[0].split())
    return text[:160] or type(error).__name__


def is_exact(found: float | str) -> bool:
    """Tell whether what was found of a way makes it one to take."""
    return not isinstance(found, str) and found <= EXACT


def first_exact(tried: Tried, allowed: Iterable[str] | None = None) -> str | None:
    """Return the first exact way, of those `allowed`, or None."""
    names = tried if allowed is None else [name for name in allowed if name in tried]
    return next((name for name in names if is_exact(tried[name])), None)


def describe(tried: Tried, names: Iterable[str] | None = None) -> str:
    """Return in a few words what is wrong with ways: ``shared differs by 2.7e-02``."""
    chosen = tried if names is None else [name for name in names if name in tried]
    wrong = [
        f"{name}: {found}" if isinstance(found, str) else f"{name} differs by {found:.1e}"
        for name in chosen
        if not is_exact(found := tried[name])
    ]
    return ", ".join(wrong)


def measured(measure: Measure) -> Measure:
    """Let a function measure again in float64 where rounding may be all that differs.

    A copy's attention can be so sharp that it makes 1e-7 to 1e-5; in float64 that difference is
    gone, and one of a wrong mask is as it was. What fails before any way is tried, such as that no
    copy can be built, is returned as the error of the copy.
    """

    @wraps(measure)
    def tried(config: PretrainedConfig) -> Tried:
        try:
            found = measure(config)
            if not any(map(is_doubtful, found.values())):
                return found
            with in_double():
                again = measure(config)
        except Exception as error:
            return {"a small copy": line_of(error)}
        return {
            name: again[name] if is_doubtful(value) and is_number(again.get(name)) else value
            for name, value in found.items()
        }

    return tried


def is_number(found: float | str | None) -> bool:
    """Tell whether a way was computed."""
    return isinstance(found, float)


def is_doubtful(found: float | str) -> bool:
    """Tell whether a difference may be one of rounding."""
    return not isinstance(found, str) and EXACT < found < DOUBTFUL


def distance(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Return the length of the difference, relative to that of what is expected."""
    return float((found - expected).norm() / expected.norm().clamp(min=1e-30))


@cache
def read_verdict(path: Path | None, mark: str) -> Mapping[str, Tried]:
    """Return what `check_base` wrote, by subject; nothing where it is missing, or of another copy.

    Args:
        path: results/checks/base.json.
        mark: of the copy that would be measured now (`small_copy.mark_of`).
    """
    if path is None or not path.is_file():
        return {}
    try:
        written: dict[str, Any] = read_json(path, fields={"mark": str, "tried": dict})
    except InputError:  # being written, or damaged: it is measured again
        return {}
    return written["tried"] if written["mark"] == mark else {}
