"""Intervals contain the true score, and tests call chance a difference, as often as they say.

``pytest -s`` prints how often; docs/scores.md has what it prints with ``LINGRAFT_SIMULATIONS``
of 2000.
"""

import os
from collections import Counter

import numpy as np
import pytest

from scripts.score.intervals import interval
from scripts.score.paired_tests import bootstrap_p_value, randomise, sign_p_value
from scripts.score.resampling import resample_sums
from scripts.score.scorers import limits, scorer
from tests.support.populations import populations

DRAWN = int(os.environ.get("LINGRAFT_SIMULATIONS", "200"))
COUNTS = (10, 16, 100)
TESTS = ("star", "second", "randomisation", "bootstrap", "sacrebleu")
RESAMPLES = 500
NOISE = 3 * (0.05 * 0.95 / DRAWN) ** 0.5  # three standard errors of a share of 5 %


def cover(name: str, n: int) -> tuple[float, float]:
    """Return how often the interval of n records contains the truth, and the percentiles of the
    plain bootstrap."""
    metric, draw, truth = populations()[name]
    generator, score = np.random.default_rng(n), scorer(metric)
    found: Counter[str] = Counter()
    for seed in range(DRAWN):
        statistics = draw(generator, n)
        low, high, _ = interval(statistics, score, RESAMPLES, seed, limits(metric))
        found["ours"] += low - 1e-9 <= truth <= high + 1e-9
        low, high = np.percentile(score(resample_sums(statistics, RESAMPLES, seed)), [2.5, 97.5])
        found["plain"] += low <= truth <= high
    return found["ours"] / DRAWN, found["plain"] / DRAWN


@pytest.mark.parametrize("name", populations())
def test_intervals_contain_the_truth(name):
    # Of values without bounds, ten records may miss what makes the score.
    least = 0.93 if name.startswith(("bits", "corpus")) else 0.95
    for n in COUNTS[: 2 if DRAWN == 200 and name.startswith("corpus") else 3]:
        ours, plain = cover(name, n)
        print(f"\n{name}, n = {n}: {100 * ours:.1f} % (plain {100 * plain:.1f} %)", end="")
        assert ours >= least - NOISE
        assert ours >= plain - NOISE / 3


def reject(metric: str, pairs) -> dict[str, float]:
    """Return how often each test rejects at 0.05, of pairs of systems' statistics.

    `second` is what joins the bootstrap in a star: the sign test or randomisation.
    """
    found: Counter[str] = Counter()
    for seed, (one, other) in enumerate(pairs):
        options = (one, other, scorer(metric), RESAMPLES, seed)
        drawn, exact = randomise(*options), sign_p_value(one, other)
        second = drawn.p_value if exact is None else exact
        first = bootstrap_p_value(*options)
        values = (max(first, second), second, drawn.p_value, first, drawn.sacrebleu)
        found.update(test for test, value in zip(TESTS, values, strict=True) if value < 0.05)
    return {test: found[test] / DRAWN for test in TESTS}


def null_pairs(name: str, n: int, differing: int):
    """Yield two systems' statistics that differ in some records, each in either's favour alike."""
    _, draw, _ = populations()[name]
    generator = np.random.default_rng(7)
    for _ in range(DRAWN):
        one, other = draw(generator, n), draw(generator, n)
        if name.startswith("right"):
            other[:, 0] = 1 - one[:, 0]
        swapped = generator.random(n) < 0.5
        one[swapped], other[swapped] = other[swapped], one[swapped].copy()
        other[differing:] = one[differing:]
        yield one, other


@pytest.mark.parametrize(
    ("name", "n", "differing"),
    [
        *(("right or wrong, 50 % right", 120, differing) for differing in (1, 3, 6, 10, 40)),
        ("F1, 30 % zero", 10, 10),
        ("F1, 70 % zero", 100, 8),
        ("a judge's points", 16, 16),
        ("corpus bleu", 10, 10),
        ("corpus bleu", 100, 4),
    ],
)
def test_a_true_null_is_not_rejected_more_often_than_the_level_says(name, n, differing):
    found = reject(populations()[name][0], null_pairs(name, n, differing))
    shown = ", ".join(f"{test} {100 * share:.1f} %" for test, share in found.items())
    print(f"\n{name}, {differing} of {n} differ: {shown}", end="")
    assert max(found[test] for test in TESTS[:3]) <= 0.05 + NOISE
