"""Confidence intervals of scores that hold for few records and for coarse values.

Three ways, by what the records say (`docs/scores.md` has how often each contains the true score):

- right or wrong alone: Clopper & Pearson 1934, exact, contains it at least as often as it says
- records that all say the same: the interval of what others, unseen so far, could make of it
- all else: the bias-corrected and accelerated bootstrap (BCa, Efron 1987), its tails as far out as
  Student's t is from the normal distribution (Hesterberg 2015, "expanded"). A bootstrap alone is
  too narrow by about (n - 1) / n in variance, and knows nothing of what n records leave unknown.
"""

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from scripts.score.resampling import CONFIDENCE, Scorer, resample_sums

TAIL = (1 - CONFIDENCE) / 2
NORMAL = NormalDist()
Limits = tuple[float, float]  # the lowest and the highest
NONE, EXACT, UNSEEN, BOOTSTRAP = "", "Clopper-Pearson", "unseen records", "expanded BCa"


class Interval(NamedTuple):
    """The bounds of a score, NaN where there are none, and the way they were found."""

    low: float
    high: float
    method: str


NO_INTERVAL = Interval(np.nan, np.nan, NONE)


def interval(
    statistics: np.ndarray,
    score: Scorer,
    samples: int,
    seed: int,
    limits: Limits | None = None,
    scale: Limits | None = None,
) -> Interval:
    """Return the interval of a score of sums, at 95 % confidence.

    Args:
        statistics: (n, k), one row a record.
        score: from sums to scores.
        samples: resamples of a bootstrap.
        seed: of the bootstrap.
        limits: the lowest and highest value of a record, where the score is a mean of values
            between them, or a mean of means: the first half of the columns are values, the second
            half how many they are, 1 or 0.
        scale: the lowest and highest score, where there are such.

    Returns:
        No interval of fewer than two records, or where all resamples score alike on a scale
        without ends: that says that these records are alike, and nothing of others.
    """
    if limits is not None and is_mean(statistics, limits):
        statistics = statistics[statistics[:, statistics.shape[1] // 2 :].any(axis=1)]
        found = bound_coarse(statistics, score, limits)
        if found:
            return found
    if len(statistics) < 2:
        return NO_INTERVAL
    sums = resample_sums(statistics, samples, seed)
    found = bound_by_bootstrap(statistics, score, sums)
    if scale is None or found.method:
        return found
    whole = float(score(statistics.sum(axis=0)))
    if not np.isfinite(whole):
        return NO_INTERVAL
    return Interval(*reach_unseen(whole, len(statistics), scale), UNSEEN)


def reach_unseen(value: float, n: float, limits: Limits) -> tuple[float, float]:
    """Return how low and high a value can be that n records agree on.

    A share of 1 - 0.025 ** (1 / n) of all records goes unseen in n of them one time in forty.
    """
    unseen = 1 - TAIL ** (1 / n)
    low, high = (value + (end - value) * unseen for end in limits)
    return low, high


def is_mean(statistics: np.ndarray, limits: Limits) -> bool:
    """Tell whether each record adds one value within the limits, or nothing."""
    values, counts = np.split(statistics, 2, axis=1)
    low, high = limits
    whole = np.isin(counts, (0, 1)).all() and (counts.sum(axis=1) <= 1).all()
    return bool(whole and ((values >= low * counts) & (values <= high * counts)).all())


def bound_coarse(statistics: np.ndarray, score: Scorer, limits: Limits) -> Interval | None:
    """Return the interval of values that are all alike, or at either limit; None of others."""
    if len(statistics) < 2:
        return NO_INTERVAL
    values, counts = np.split(statistics, 2, axis=1)
    own, (low, high) = values.sum(axis=1), limits
    if own.min() == own.max():
        # n of a mean of means: its categories weigh alike, so the small ones count.
        sizes = counts.sum(axis=0)
        n = np.count_nonzero(sizes) ** 2 / (1 / sizes[sizes > 0]).sum()
        return score_ends(reach_unseen(own[0], n, limits), counts, score, UNSEEN)
    if counts.shape[1] > 1 or not np.isin(own, limits).all():
        return None
    from scipy.stats import binomtest  # not in the environments of neural metrics

    right = round(float(((own - low) / (high - low)).sum()))
    found = binomtest(right, len(own)).proportion_ci(CONFIDENCE, method="exact")
    ends = (low + (high - low) * found.low, low + (high - low) * found.high)
    return score_ends(ends, counts, score, EXACT)


def score_ends(ends: tuple[float, ...], counts: np.ndarray, score: Scorer, method: str) -> Interval:
    """Return the scores of records that all have the value of one end, or of the other."""
    sizes = counts.sum(axis=0)
    low, high = (float(score(np.concatenate([end * sizes, sizes]))) for end in ends)
    return Interval(low, high, method)


def bound_by_bootstrap(statistics: np.ndarray, score: Scorer, sums: np.ndarray) -> Interval:
    """Return the expanded BCa interval of the resamples whose sums are given."""
    scores = score(sums)
    if not np.isfinite(scores).all():
        # A resample without a score, as of categories or tokens that it lacks, has no place.
        scores = scores[~np.isnan(scores)]
    whole = score(statistics.sum(axis=0))
    if not len(scores) or scores.min() == scores.max() or not np.isfinite(whole):
        return NO_INTERVAL
    shares = tail_shares(scores, whole, acceleration(statistics, score), len(statistics))
    with np.errstate(invalid="ignore"):
        low, high = np.quantile(scores, shares)
    # Where nearly all resamples score lower, or higher, the correction would leave the score out.
    return Interval(float(min(low, whole)), float(max(high, whole)), BOOTSTRAP)


def tail_shares(scores: np.ndarray, whole: np.ndarray, bend: float, n: int) -> tuple[float, float]:
    """Return which shares of the resamples lie below the interval's two ends."""
    # Half of those that score as the records do count as below: coarse scores have many.
    below = (scores < whole).mean() + (scores == whole).mean() / 2
    least = 1 / (2 * len(scores))
    bias = NORMAL.inv_cdf(min(max(float(below), least), 1 - least))
    reach = sqrt(n / (n - 1)) * student_quantile(n - 1)

    def share(end: float) -> float:
        """Return the share below one end, given in standard deviations of an unbent score."""
        moved = bias + end
        bent = 1 - bend * moved
        # Beyond its pole the transformation turns back: so far out is the last resample.
        return NORMAL.cdf(bias + moved / bent) if bent > 0 else float(end > 0)

    return share(-reach), share(reach)


def acceleration(statistics: np.ndarray, score: Scorer) -> float:
    """Return how fast the score's standard error changes with the score, by the jackknife."""
    left_out = score(statistics.sum(axis=0) - statistics)
    left_out = left_out[np.isfinite(left_out)]
    offsets = left_out.mean() - left_out
    spread = (offsets**2).sum() ** 1.5
    return float((offsets**3).sum() / (6 * spread)) if spread > 0 else 0.0


def student_quantile(degrees: int) -> float:
    """Return Student's t that `TAIL` lies above.

    Abramowitz & Stegun 1964, 26.7.5: right to 0.2 % from 3 degrees on, to 0.001 % from 9 on. SciPy,
    which has it too, is not in the environments of neural metrics.
    """
    z = NORMAL.inv_cdf(1 - TAIL)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / degrees**power for power, term in enumerate(terms))
