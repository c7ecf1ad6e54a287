"""Intervals: which way is taken, and what each gives."""

import math
import sys

import numpy as np
import pytest
from scipy.stats import bootstrap, t

from scripts.score import intervals
from scripts.score.intervals import BOOTSTRAP, EXACT, NONE, UNSEEN, interval
from scripts.score.resampling import resample_sums
from scripts.score.scorers import limits, mean, scale, scorer


def rows(values, counts=None):
    return np.stack([values, np.ones(len(values)) if counts is None else counts], axis=1)


def of(metric, statistics, samples=500):
    return interval(
        np.asarray(statistics, float), scorer(metric), samples, 1, limits(metric), scale(metric)
    )


def test_right_and_wrong_answers_have_the_exact_interval():
    # Clopper & Pearson for 4 of 10, of every table of it.
    assert of("accuracy", rows([1] * 4 + [0] * 6)) == (
        pytest.approx(12.155, abs=1e-3), pytest.approx(73.762, abs=1e-3), EXACT,
    )  # fmt: skip


def test_translations_without_a_word_in_common_may_yet_have_one():
    nothing = np.tile([5.0, 6, 0, 0, 0, 0, 5, 4, 3, 2], (10, 1))
    assert of("bleu", nothing) == (0, pytest.approx(100 * (1 - 0.025**0.1)), UNSEEN)


@pytest.mark.parametrize("n", [2, 10, 30])
def test_answers_that_are_all_right_leave_room_for_wrong_ones(n):
    low, high, method = of("accuracy", rows([1.0] * n))
    assert (high, method) == (100, UNSEEN)
    # The share right with which n right ones in a row are a chance of one in forty.
    assert (low / 100) ** n == pytest.approx(0.025)


def test_a_judge_who_always_ties_may_yet_decide():
    low, high, method = of("judge", rows([0.5] * 10))
    assert method == UNSEEN and low == pytest.approx(100 - high) and 34 < low < 36


def test_records_that_say_nothing_do_not_count():
    said = rows([1.0, 0.0, 1.0, 1.0])
    silent = np.concatenate([said, np.zeros((20, 2))])
    assert of("langid", silent) == of("langid", said)


def test_categories_that_are_all_right_count_by_the_small_one():
    many = np.repeat([[1.0, 0, 1, 0]], 98, axis=0)
    few = np.repeat([[0.0, 1, 0, 1]], 2, axis=0)
    low, high, method = of("accuracy_macro", np.concatenate([many, few]))
    assert (high, method) == (100, UNSEEN)
    assert low < of("accuracy", rows([1.0] * 8)).low


def test_one_record_and_records_that_are_all_alike_have_none():
    for statistics in (rows([3.0]), rows([3.0] * 5, [2.0] * 5)):
        low, high, method = of("bpb", statistics)
        assert math.isnan(low) and math.isnan(high) and method == NONE
    assert math.isnan(of("accuracy", rows([1.0])).low)


def test_values_beyond_their_limits_are_no_shares():
    assert of("accuracy", rows([0.0, 1.0, 2.0] * 5)).method == BOOTSTRAP


def test_without_the_expansion_it_is_scipys_bca(monkeypatch):
    monkeypatch.setattr(
        intervals, "student_quantile", lambda degrees: 1.959964 * math.sqrt(39 / 40)
    )
    values = np.random.default_rng(3).exponential(size=40)
    low, high, _ = interval(rows(values), mean, 20000, 1)
    theirs = bootstrap(
        (values,), np.mean, n_resamples=20000, method="BCa", rng=np.random.default_rng(2)
    ).confidence_interval
    assert (low, high) == pytest.approx((theirs.low, theirs.high), rel=0.01)


def test_neural_metrics_need_no_scipy(monkeypatch):
    """Which the environments of BLEURT and BERTScore lack."""
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    scores = np.random.default_rng(1).random(20)
    for metric in ("comet", "bleurt", "bertscore"):
        assert of(metric, rows(scores)).method == BOOTSTRAP
        assert of(metric, rows(np.round(scores))).method == BOOTSTRAP


@pytest.mark.parametrize(("degrees", "error"), [(3, 2e-3), (9, 1e-5), (15, 1e-6), (2000, 1e-9)])
def test_students_quantile(degrees, error):
    assert intervals.student_quantile(degrees) == pytest.approx(t.ppf(0.975, degrees), rel=error)


def test_few_records_of_skewed_values_keep_both_ends_in_the_resamples():
    values = np.array([0.01, 0.02, 0.01, 9.0])
    low, high, _ = interval(rows(values), mean, 200, 1)
    scores = mean(resample_sums(rows(values), 200, 1))
    assert scores.min() <= low < values.mean() < high <= scores.max()


def test_a_score_that_all_resamples_fall_short_of_is_in_its_interval():
    """As one of the closest fit, which only the records themselves reach."""
    values = np.random.default_rng(2).normal(size=30)
    middle = mean(rows(values).sum(axis=0))
    low, high, _ = interval(rows(values), lambda sums: -np.abs(mean(sums) - middle), 500, 1)
    assert low < 0 <= high


def test_resamples_are_drawn_as_one_call_each_would():
    """Whatever fits a block: sacrebleu draws one resample at a time."""
    statistics = np.arange(30.0).reshape(10, 3)
    generator = np.random.default_rng(5)
    expected = [statistics[generator.integers(10, size=10)].sum(axis=0) for _ in range(50)]
    found = resample_sums(statistics, 50, 5)
    assert np.array_equal(found, expected)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scripts.score.resampling.BLOCK", 100)
        assert np.array_equal(resample_sums(statistics, 50, 5), expected)
