"""Longest chains and list schedules of small graphs whose answers are known."""

from graphlib import CycleError

import pytest

from scripts.report.schedule import find_critical_path, schedule
from scripts.study.job_graph import Job


def graph(**after: str) -> dict[str, Job]:
    """Return jobs of one thread; each waits for the letters of its text."""
    return {name: Job(1, tuple(others)) for name, others in after.items()}


DIAMOND = graph(a="", b="a", c="a", d="bc")
SECONDS = {"a": 1.0, "b": 5.0, "c": 2.0, "d": 3.0}


def test_the_critical_path_is_the_longest_chain_by_time():
    assert find_critical_path(DIAMOND, SECONDS) == ["a", "b", "d"]
    # Of two chains the one of more jobs is shorter here.
    assert find_critical_path(
        graph(a="", b="a", c="b", z=""), {"a": 1, "b": 1, "c": 1, "z": 9}
    ) == ["z"]


@pytest.mark.parametrize(("cores", "expected"), [(1, 11), (2, 9), (3, 9)])
def test_a_diamond_takes_its_sum_on_one_core_and_its_longest_chain_on_many(cores, expected):
    assert schedule(DIAMOND, SECONDS, cores) == expected


def test_the_longest_chain_goes_first():
    """Short jobs first would keep the long one waiting: 1 + 1 + 4 on two cores, and not 4."""
    jobs = graph(a="", b="", c="", d="", z="")
    assert schedule(jobs, {"a": 1, "b": 1, "c": 1, "d": 1, "z": 4}, 2) == 4


def test_a_job_of_two_threads_waits_for_both_and_one_of_one_passes_it():
    jobs = {"long": Job(1, ()), "wide": Job(2, ()), "narrow": Job(1, ())}
    seconds = {"long": 4, "wide": 3, "narrow": 2}
    assert schedule(jobs, seconds, 2) == 7
    assert schedule(jobs, seconds, 3) == 5
    assert schedule(jobs, seconds, 4) == 4
    # It has no more threads than there are cores, and is no slower: it was measured so.
    assert schedule(jobs, seconds, 1) == 9


def test_a_job_without_a_time_takes_none_and_still_holds_the_order():
    seconds = {"a": 1.0, "d": 3.0, "c": 2.0}
    assert find_critical_path(DIAMOND, seconds) == ["a", "c", "d"]
    assert schedule(DIAMOND, seconds, 1) == 6
    assert schedule(graph(a="", b="a", c="b"), {"a": 2, "c": 2}, 5) == 4
    assert schedule(DIAMOND, {}, 2) == 0
    assert find_critical_path(DIAMOND, {}) == []


def test_nothing_takes_no_time():
    assert schedule({}, {}, 1) == 0 and find_critical_path({}, {}) == []


def test_a_circle_is_an_error_and_no_endless_loop():
    with pytest.raises(CycleError):
        schedule(graph(a="b", b="a"), {}, 1)
