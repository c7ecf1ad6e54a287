"""Holm's correction: the example of the paper's own scheme, ties, and tests never made."""

import numpy as np
import pytest

from scripts.tables.holm import adjust


def test_each_p_value_counts_for_the_tests_left():
    assert adjust([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_no_value_exceeds_one_or_falls_behind_a_smaller_one():
    found = adjust([0.5, 0.6, 0.0001, 0.9])
    assert found == pytest.approx([1, 1, 0.0004, 1])


def test_tests_never_made_do_not_count():
    found = adjust([0.02, None, 0.03])
    assert np.isnan(found[1])
    assert found[[0, 2]] == pytest.approx([0.04, 0.04])
    assert len(adjust([])) == 0
