"""A part of `make chaos`: damage to what a study has, a full disk, kills; and what judges them."""

import os
import random
import signal
import subprocess

import pytest

from tests.chaos import kills
from tests.chaos.__main__ import draw_table
from tests.chaos.damages import KINDS, damage_trials
from tests.chaos.disks import disk_trials
from tests.chaos.journal import Line, append, read_journal
from tests.chaos.runs import HUNG, Outcome, differing, end_jobs, results
from tests.chaos.verdicts import Verdict, judge

# Damage that each came through without a word once, and a full disk for a job of each length.
DAMAGES = [
    ("weights: one bit flipped", "time kept"),
    ("predictions: half of the lines", "time of the change"),
    ("table: cut in half", "time kept"),
    ("benchmark: emptied", "time kept"),
    ("score: another's", "time kept"),
    ("copy of predictions: half of the lines", "time kept"),
]
DISKS = [("full disk", "build_corpus, 512 KiB left"), ("full disk", "score_benchmarks, 0 KiB left")]


@pytest.fixture(scope="module")
def reference(undisturbed_study):
    """A finished tiny study that other tests do not change."""
    return undisturbed_study


@pytest.fixture(scope="module")
def expected(reference):
    """The digests of its results."""
    return results(reference)


@pytest.mark.parametrize(("group", "name"), [*DAMAGES, *DISKS])
def test_a_fault_ends_as_promised(reference, expected, tmp_path, group, name):
    trials = [*damage_trials(reference, expected), *disk_trials(reference, expected)]
    [trial] = [one for one in trials if (one.group, one.name) == (group, name)]
    found = trial.run(tmp_path / "trial")
    if found.verdict is Verdict.SKIPPED:
        pytest.skip(found.detail)
    assert found.verdict.is_kept, found.detail


def test_kills_at_random_moments_leave_the_same_bytes(expected, tmp_path, monkeypatch):
    monkeypatch.setattr(kills, "KILLS", 2)
    monkeypatch.setattr(kills, "MOMENTS", (15.0, 40.0))
    monkeypatch.setattr(kills, "judge", judge_of_the_study)
    way = "kill -9 of the process group"
    found = kills.killed(expected, way, random.Random(1), tmp_path / "trial")
    assert found.verdict is Verdict.SAME, found.detail


def judge_of_the_study(outcome, folder, expected):
    """Judge by what a run has made: other tests have asked the shared study for more."""
    made = results(folder)
    assert outcome.status or "tables/main.csv" in made
    return judge(outcome, folder, {name: expected[name] for name in made if name in expected})


def test_every_kind_of_file_is_one_that_the_study_has(reference):
    for kind in KINDS:
        for name in (kind.path, kind.other):
            assert (reference / "results" / name).is_file(), name


@pytest.mark.parametrize(
    ("status", "output", "changed", "verdict"),
    [
        (0, "done", False, Verdict.SAME),
        (0, "done", True, Verdict.SILENT),
        (1, "error: a.csv: damaged\n", False, Verdict.TOLD),
        (1, "error: b.csv: damaged\n", False, Verdict.UNCLEAR),
        (1, "it failed\n", False, Verdict.UNCLEAR),
        (1, "error: a.csv\nTraceback (most recent call last):\n", False, Verdict.TRACEBACK),
        (HUNG, "", False, Verdict.HUNG),
    ],
)
def test_what_followed_is_judged(tmp_path, status, output, changed, verdict):
    place = tmp_path / "results" / "tables"
    place.mkdir(parents=True)
    (place / "a.csv").write_text("1")
    expected = results(tmp_path)
    if changed:
        (place / "a.csv").write_text("2")
    found = judge(Outcome(status, output), tmp_path, expected, named="a.csv")
    assert found.verdict is verdict


def test_a_missing_result_is_one_that_differs_where_something_needs_it():
    assert differing({"tables/main.csv": "1", "corpora/a.parquet": "2"}, {}) == ["tables/main.csv"]
    assert differing({}, {"corpora/a.parquet": "2"}) == ["corpora/a.parquet"]


def test_the_table_counts_what_followed():
    verdicts = [Verdict.SAME, Verdict.TOLD, Verdict.SAME]
    lines = [Line("weights", str(n), one, "", 1, "a1") for n, one in enumerate(verdicts)]
    table = draw_table(lines)
    assert "| weights | 3 | 2 same bytes, 1 one line |" in table
    assert "3 of 3 trials as promised." in table


def test_a_run_that_was_ended_continues(tmp_path):
    lines = [Line("weights", str(n), Verdict.SILENT, "a.csv", 1, "a1") for n in range(2)]
    assert read_journal(tmp_path / "journal") == {}
    for line in lines:
        append(tmp_path / "journal", line)
    assert list(read_journal(tmp_path / "journal").values()) == lines


def test_jobs_that_outlive_a_trial_are_ended(tmp_path):
    command = ["bash", "-c", "sleep 60 & sleep 60"]
    inside, outside = (
        subprocess.Popen(command, cwd=folder, start_new_session=True)
        for folder in (tmp_path, tmp_path.parent)
    )
    try:
        end_jobs(tmp_path)
        inside.wait(5)
        assert outside.poll() is None
    finally:
        os.killpg(outside.pid, signal.SIGKILL)
        outside.wait()
