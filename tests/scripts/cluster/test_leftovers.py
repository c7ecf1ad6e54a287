"""Jobs of a run that was killed are cancelled, and nobody else's."""

import pytest

from scripts.cluster import leftovers
from scripts.cluster.leftovers import cancel_leftovers, read_jobs

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


def test_one_that_will_not_end_ends_the_run(monkeypatch):
    with pytest.raises(SystemExit, match=r"^error: 1 job \(9\) of a run .* not end"):
        run(monkeypatch, [["9"]])
