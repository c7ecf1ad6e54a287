"""Jobs of a run that was killed are cancelled, and nobody else's."""

import os

import pytest

from scripts.cluster import leftovers
from scripts.cluster.leftovers import cancel_leftovers, list_jobs, read_jobs

QUEUE = """\
1|rule_train_model_wildcards_a|/here
2|group_scores|/here
3|rule_train_model_wildcards_a|/there
4|(null)|/here
slurm_load_jobs error
"""


def test_only_jobs_of_a_workflow_in_this_folder_count():
    assert list(read_jobs(QUEUE.splitlines(), "/here")) == ["1", "2"]


def run(monkeypatch, looks):
    """Cancel leftovers of queues seen one after the other; return what was told and cancelled."""
    told, cancelled, left = [], [], list(looks)
    now = iter(range(0, 10_000, 60))
    monkeypatch.setattr(leftovers, "list_jobs", lambda _: left.pop(0) if left else ["9"])
    monkeypatch.setattr(leftovers, "cancel_jobs", cancelled.extend)
    monkeypatch.setattr(leftovers.time, "sleep", lambda _: None)
    monkeypatch.setattr(leftovers.time, "monotonic", lambda: next(now))
    cancel_leftovers("/here", told.append)
    return told, cancelled


def test_an_empty_queue_is_not_mentioned(monkeypatch):
    assert run(monkeypatch, [[]]) == ([], [])


def test_they_are_cancelled_told_and_waited_for(monkeypatch):
    told, cancelled = run(monkeypatch, [["1", "2"], ["2"], []])
    assert cancelled == ["1", "2"]
    assert told == [
        "cancelled: 2 jobs (1, 2) of a run that was killed; stages keep their checkpoints"
    ]


def test_a_queue_that_cannot_be_asked_ends_the_run(monkeypatch):
    with pytest.raises(SystemExit, match=r"^error: squeue: no answer, .* made twice"):
        run(monkeypatch, [None])


def test_a_queue_that_does_not_answer_is_no_empty_one(monkeypatch):
    _, cancelled = run(monkeypatch, [["1"], None, ["1"], None, []])
    assert cancelled == ["1"]
    with pytest.raises(SystemExit, match=r"^error: 1 job \(1\) of a run .* not end"):
        run(monkeypatch, [["1"], *[None] * 9])


@pytest.mark.parametrize("body", ["exit 1", "echo slurm_load_jobs error; exit 1"])
def test_a_squeue_that_fails_tells_of_no_jobs_that_are_none(body, tmp_path, monkeypatch):
    (tmp_path / "squeue").write_text(f"#!/bin/sh\n{body}\n")
    (tmp_path / "squeue").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert list_jobs("/here") is None


def test_one_that_will_not_end_ends_the_run(monkeypatch):
    with pytest.raises(SystemExit, match=r"^error: 1 job \(9\) of a run .* not end"):
        run(monkeypatch, [["9"]])
