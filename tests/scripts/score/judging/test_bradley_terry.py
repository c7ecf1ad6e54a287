"""Strengths of systems: the likeliest ones, whatever was compared with what."""

import numpy as np
import pytest
from scipy.optimize import minimize

from scripts.score.judging.bradley_terry import PRIOR, find_unreachable, fit_strengths


def test_of_two_systems_it_is_the_odds():
    (found,) = fit_strengths(np.array([[30.0, 10.0]]), np.array([[0, 1]]), 2)
    assert found == pytest.approx([0, -np.log(30.5 / 10.5)])


def test_strengths_are_the_likeliest():
    generator = np.random.default_rng(2)
    pairs = np.array([[0, 1], [0, 2], [1, 2], [2, 3]])
    wins = generator.integers(0, 20, size=(5, 8)).astype(float)

    def loss(free: np.ndarray, row: np.ndarray) -> float:
        strengths = np.concatenate([[0], free])
        gaps = strengths[pairs[:, 0]] - strengths[pairs[:, 1]]
        won = row + PRIOR
        return float((won[:4] * np.logaddexp(0, -gaps) + won[4:] * np.logaddexp(0, gaps)).sum())

    for row, found in zip(wins, fit_strengths(wins, pairs, 4), strict=True):
        best = minimize(loss, np.zeros(3), args=(row,), tol=1e-12).x
        assert found == pytest.approx([0, *best], abs=1e-4)


def test_who_never_lost_is_strong_but_not_infinitely():
    found = fit_strengths(np.array([0.0, 9.0]), np.array([[0, 1]]), 2)
    assert found[1] == pytest.approx(np.log(9.5 / 0.5))


def test_systems_that_nothing_connects_are_found():
    assert find_unreachable(np.array([[1, 2], [0, 1], [3, 4]]), 5) == [3, 4]
    assert find_unreachable(np.array([[3, 2], [2, 1], [1, 0]]), 4) == []
