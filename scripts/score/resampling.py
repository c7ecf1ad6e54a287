"""Confidence intervals and paired tests by resampling records."""

from collections.abc import Callable

import numpy as np

CONFIDENCE = 0.95
SAMPLES = 1000
# Of a test: Holm's correction multiplies the least p-value, 1 / (trials + 1), by a table's tests.
TRIALS = 10000
SEED = 12345

# From summed statistics, shape (..., k), to scores, shape (...).
Scorer = Callable[[np.ndarray], np.ndarray]


def resample_sums(statistics: np.ndarray, samples: int, seed: int) -> np.ndarray:
    """Return the sums of `samples` resamples of n records: (n, k) statistics become (samples, k).

    A sum takes n records drawn with replacement (NumPy's PCG64, in sacrebleu's order). The same
    seed and n draw the same records, so that two systems resampled apart are still paired.
    """
    generator = np.random.default_rng(seed)
    count = len(statistics)
    sums = np.empty((samples, statistics.shape[1]))
    for sample in range(samples):
        sums[sample] = statistics[generator.integers(count, size=count)].sum(axis=0)
    return sums


def interval(statistics: np.ndarray, score: Scorer, samples: int, seed: int) -> list[float]:
    """Return the percentile bootstrap interval of a score of sums, at 95 % confidence."""
    scores = score(resample_sums(statistics, samples, seed))
    tail = 50 * (1 - CONFIDENCE)
    with np.errstate(invalid="ignore"):
        return [float(bound) for bound in np.percentile(scores, [tail, 100 - tail])]


def bootstrap_p_value(
    baseline: np.ndarray, system: np.ndarray, score: Scorer, samples: int, seed: int
) -> float:
    """Return the two-sided p-value of a paired bootstrap test that two systems score the same.

    Both (n, k) statistics are of the same records. The differences of the resamples, shifted to
    a mean of zero, are what chance would give; counted is how often they are at least as far
    from zero as the real one, with 1 added above and below (Efron & Tibshirani 1993, ch. 16).
    """
    chance = score(resample_sums(system, samples, seed))
    chance = chance - score(resample_sums(baseline, samples, seed))
    difference = score(system.sum(axis=0)) - score(baseline.sum(axis=0))
    extreme = np.abs(chance - chance.mean()) >= np.abs(difference)
    return float((extreme.sum() + 1) / (samples + 1))


def randomisation_p_value(
    baseline: np.ndarray, system: np.ndarray, score: Scorer, samples: int, seed: int
) -> float:
    """Return the two-sided p-value of an approximate randomisation test (Riezler & Maxwell 2005).

    A trial swaps the two systems' (n, k) statistics record by record at random; counted is how
    often the swapped ones differ by more than the real ones, with 1 added above and below.
    Draws, and so the value, are those of sacrebleu's ``--paired-ar``.
    """
    generator = np.random.default_rng(seed)
    swapped = generator.integers(2, size=(samples, len(system)), dtype=bool)
    both = baseline.sum(axis=0) + system.sum(axis=0)
    one = np.array([baseline[row].sum(axis=0) + system[~row].sum(axis=0) for row in swapped])
    difference = np.abs(score(system.sum(axis=0)) - score(baseline.sum(axis=0)))
    extreme = np.abs(score(one) - score(both - one)) > difference
    return float((extreme.sum() + 1) / (samples + 1))
