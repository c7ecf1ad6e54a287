"""Holm's correction: of many tests in one table, some come out significant by chance alone."""

from collections.abc import Iterable

import numpy as np


def joint(p_value: float | None, p_randomisation: float | None) -> float | None:
    """Return the larger p-value of the two tests, None where either is missing.

    A difference is significant only if both tests find it, so one test alone says nothing.
    """
    if p_value is None or p_randomisation is None:
        return None
    return max(p_value, p_randomisation)


def adjust(p_values: Iterable[float]) -> np.ndarray:
    """Return p-values adjusted for all tests of a table (Holm 1979); NaN stays NaN.

    An adjusted value below 0.05 holds for the whole table: the chance of even one false star is
    below 0.05. The smallest of m p-values counts m times, the next m - 1 times, and so on.
    """
    values = np.array(list(p_values), dtype=float)
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    values[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1)
    return values
