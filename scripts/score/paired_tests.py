"""Tests whether two systems score differently on the same records.

Each takes both systems' (n, k) statistics, a row a record, and returns a two-sided p-value of the
hypothesis that they score the same.
"""

from typing import NamedTuple

import numpy as np

from scripts.score.resampling import BLOCK, Scorer, resample_sums

ROUNDING = 1e-9  # of a score: sums in another order differ in their last digits, and still tie


class Randomisation(NamedTuple):
    """The p-value of approximate randomisation, and what sacrebleu's own count makes of it."""

    p_value: float
    sacrebleu: float


def bootstrap_p_value(
    baseline: np.ndarray, system: np.ndarray, score: Scorer, samples: int, seed: int
) -> float:
    """Return the p-value of a paired bootstrap test.

    The differences of the resamples, shifted to a mean of zero, are what chance would give;
    counted is how often they are at least as far from zero as the real one, with 1 added above
    and below (Efron & Tibshirani 1993, ch. 16).
    """
    chance = score(resample_sums(system, samples, seed))
    chance = chance - score(resample_sums(baseline, samples, seed))
    difference = score(system.sum(axis=0)) - score(baseline.sum(axis=0))
    extreme = np.abs(chance - chance.mean()) >= np.abs(difference)
    return float((extreme.sum() + 1) / (samples + 1))


def randomisation_p_value(
    baseline: np.ndarray, system: np.ndarray, score: Scorer, samples: int, seed: int
) -> float:
    """Return the p-value of `randomise`."""
    return randomise(baseline, system, score, samples, seed).p_value


def randomise(
    baseline: np.ndarray, system: np.ndarray, score: Scorer, samples: int, seed: int
) -> Randomisation:
    """Return the p-values of an approximate randomisation test (Riezler & Maxwell 2005).

    A trial swaps the two systems' statistics record by record at random; counted is how often the
    swapped ones differ at least as much as the real ones, with 1 added above and below. The level
    holds for any n and any metric, as the swaps are what the hypothesis allows. Draws are those of
    sacrebleu's ``--paired-ar``, which counts a trial only where it differs by more: where few
    records differ, most trials tie with the real difference, and its p-value is far too low.
    """
    one = swap_records(baseline, system, samples, seed)
    both = baseline.sum(axis=0) + system.sum(axis=0)
    ends = score(system.sum(axis=0)), score(baseline.sum(axis=0))
    difference = np.abs(ends[0] - ends[1])
    found = np.abs(score(one) - score(both - one))
    slack = ROUNDING * max(1.0, *(float(abs(end)) for end in ends))
    counts = ((found >= difference - slack).sum(), (found > difference).sum())
    return Randomisation(*(float((count + 1) / (samples + 1)) for count in counts))


def swap_records(baseline: np.ndarray, system: np.ndarray, samples: int, seed: int) -> np.ndarray:
    """Return (samples, k) sums of one system after each record was swapped, or not, at random."""
    generator = np.random.default_rng(seed)
    swapped = generator.integers(2, size=(samples, len(system)), dtype=bool)
    change = baseline - system
    if not (is_whole(baseline) and is_whole(system)):
        # Summed in sacrebleu's order, so that its last digit is right.
        return np.array([baseline[row].sum(axis=0) + system[~row].sum(axis=0) for row in swapped])
    step = max(1, BLOCK // max(1, len(system)))
    blocks = [swapped[start : start + step] for start in range(0, samples, step)]
    return system.sum(axis=0) + np.concatenate([block.astype(float) @ change for block in blocks])


def is_whole(statistics: np.ndarray) -> bool:
    """Tell whether statistics are counts, whose sums are exact in any order."""
    return bool(np.array_equal(statistics, np.rint(statistics)))


def sign_p_value(baseline: np.ndarray, system: np.ndarray) -> float | None:
    """Return the exact p-value of the sign test (of right and wrong: McNemar's); None of others.

    It is what `randomise` estimates, without its trials, where every record that differs does so
    by the same amount, and both systems' statistics are (n, 2) values and equal counts.
    """
    if baseline.shape[1] != 2 or not np.array_equal(baseline[:, 1], system[:, 1]):
        return None
    changes = (system - baseline)[:, 0]
    changes = changes[changes != 0]
    if not len(changes) or np.ptp(np.abs(changes)) > 0:
        return None
    from scipy.stats import binomtest

    return float(binomtest(int((changes > 0).sum()), len(changes)).pvalue)
