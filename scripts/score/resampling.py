"""Resamples of records, which intervals and tests draw."""

from collections.abc import Callable

import numpy as np

CONFIDENCE = 0.95
SAMPLES = 1000
# Of a test: Holm's correction multiplies the least p-value, 1 / (trials + 1), by a table's tests.
TRIALS = 10000
SEED = 12345
BLOCK = 1_000_000  # numbers that are gathered at a time

# From summed statistics, shape (..., k), to scores, shape (...).
Scorer = Callable[[np.ndarray], np.ndarray]


def resample_sums(statistics: np.ndarray, samples: int, seed: int) -> np.ndarray:
    """Return the sums of `samples` resamples of n records: (n, k) statistics become (samples, k).

    A sum takes n records drawn with replacement (NumPy's PCG64, in sacrebleu's order). The same
    seed and n draw the same records, so that two systems resampled apart are still paired.
    """
    generator = np.random.default_rng(seed)
    count, width = statistics.shape
    sums = np.empty((samples, width))
    step = max(1, BLOCK // max(1, count * width))
    for start in range(0, samples, step):
        # One call a block draws what one call a sample would, in the same order.
        drawn = generator.integers(count, size=(min(step, samples - start), count))
        sums[start : start + step] = statistics[drawn].sum(axis=1)
    return sums
