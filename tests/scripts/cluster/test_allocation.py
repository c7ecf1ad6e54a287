"""How long a job has left, and that only a job that runs is given back to the queue."""

import pytest

from scripts.cluster import allocation

LEFT = {
    "0:07": 7.0,
    "9:57": 597.0,
    "1:02:03": 3723.0,
    "2-01:00:00": 176400.0,
    "UNLIMITED": None,
    "INVALID": None,
    "": None,
}


@pytest.mark.parametrize("text", LEFT)
def test_time_left_is_read_in_seconds(text):
    assert allocation.parse_left(text) == LEFT[text]


def give_back(monkeypatch, state, first=True):
    """Give a job of a state back; return the commands that were run."""
    asked = []
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setattr(allocation, "ask", lambda *words: asked.append(words) or state)
    monkeypatch.setattr(allocation.time, "sleep", lambda _: asked.append("waits"))
    monkeypatch.setattr(allocation.signal, "signal", lambda *_: None)
    allocation.give_back(first)
    return asked


def test_a_job_that_runs_is_given_back(monkeypatch):
    assert give_back(monkeypatch, "RUNNING")[1:] == [("scontrol", "requeue", "7"), "waits"]


@pytest.mark.parametrize("state", ["CANCELLED", "COMPLETING", None])
def test_a_job_that_was_cancelled_is_not_brought_back_to_life(monkeypatch, state):
    assert len(give_back(monkeypatch, state)) == 1


def test_of_several_processes_one_gives_back_and_the_others_wait(monkeypatch):
    assert give_back(monkeypatch, "RUNNING", first=False) == ["waits"]


def test_outside_slurm_nothing_is_asked(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.setattr(allocation, "ask", lambda *_: pytest.fail("asked"))
    allocation.give_back()
    assert allocation.seconds_left() is None


def test_a_step_gets_none_of_its_jobs_options():
    job = {"SLURM_JOB_ID": "7", "SLURM_CONF": "/etc/slurm/slurm.conf", "PATH": "/usr/bin"}
    options = {"SLURM_MEM_PER_NODE": "100", "SRUN_CPUS_PER_TASK": "4", "SBATCH_GRES": "gpu:1"}
    assert allocation.step_variables(job | options) == job
