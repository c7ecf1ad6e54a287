"""Holm's correction: of many tests in one table, some come out significant by chance alone."""

from collections.abc import Iterable

import numpy as np


def larger(*p_values: float | None) -> float | None:
    """Return the largest p-value that is there: a difference counts if every test finds it."""
    return max((value for value in p_values if value is not None), default=None)


def adjust(p_values: Iterable[float]) -> np.ndarray:
    """Return p-values adjusted for all tests of a table (Holm 1979); no number stays none.

    An adjusted value below 0.05 holds for the whole table: the chance of even one false star is
    below 0.05. The smallest of m p-values counts m times, the next m - 1 times, and so on.
    """
    values = np.array(list(p_values), dtype=float)
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    values[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1)
    return values
