"""What has failed for good is not submitted again; all else is, as often as rules say."""

import json
import time
from types import SimpleNamespace

import pytest
from snakemake.jobs import GroupJob, Job

from scripts.plan import cluster_retries


@pytest.fixture
def refusals(monkeypatch, tmp_path):
    """What a run refuses that has submitted job 7; another had a stage that failed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Job, "restart_times", property(lambda job: job.rule.restart_times))
    monkeypatch.setattr(GroupJob, "restart_times", GroupJob.restart_times)
    note(tmp_path, "before")
    found = cluster_retries.refuse_retries()
    found.numbers.add("7")
    return found


def job(rule: str, model: str = "x"):
    """Return a job of a rule and a model whose log is where rules have it."""
    return SimpleNamespace(
        rule=SimpleNamespace(name=rule, restart_times=3),
        wildcards=SimpleNamespace(model=model),
        log=[f"results/logs/{rule}/{model}.log"],
    )


def restarts(*jobs) -> int:
    """Return how often a job, or a group of several, is started again."""
    for one in jobs:
        one.restart_times = Job.restart_times.fget(one)
    [first, *others] = jobs
    group = SimpleNamespace(jobs=jobs)
    return GroupJob.restart_times.fget(group) if others else first.restart_times


def note(folder, model):
    """Write what a stage leaves that cannot be trained."""
    place = folder / "results" / "checkpoints" / model / "0123"
    place.mkdir(parents=True, exist_ok=True)
    (place / "failed.json").write_text("{}")


def write_times(one, how: str, when: float, slurm: str | None) -> None:
    """Write the times of a job's start that was in a job of Slurm."""
    place = cluster_retries.times_path(cluster_retries.Path(one.log[0]))
    place.parent.mkdir(parents=True, exist_ok=True)
    begin = {"started": when, "began": when, "slurm": slurm}
    place.write_text(f"{json.dumps(begin)}\n{json.dumps({how: when, 'cpu': 1.0})}\n")


def test_a_stage_that_failed_in_this_run_is_not_started_again(refusals, tmp_path):
    note(tmp_path, "now")
    assert restarts(job("train_model", "now")) == 0
    assert restarts(job("train_model", "other")) == 3
    assert restarts(job("answer_benchmarks", "now")) == 3


def test_what_failed_in_a_run_before_may_have_been_mended(refusals):
    assert restarts(job("train_model", "before")) == 3


@pytest.mark.parametrize(
    ("how", "when", "slurm", "expected"),
    [
        ("failed", -9999, "7", 0),  # by a node's clock, which may be wrong
        ("failed", 9999, "6", 3),  # of a run before
        ("failed", 9999, None, 0),  # where Snakemake runs
        ("failed", -9999, None, 3),
        ("seen", 9999, "7", 3),  # killed
        ("ended", 9999, "7", 3),  # what failed was Snakemake's
    ],
)
def test_a_script_that_has_told_why_is_not_started_again(refusals, how, when, slurm, expected):
    one = job("answer_benchmarks")
    write_times(one, how, time.time() + when, slurm)
    assert restarts(one) == expected
    assert restarts(job("answer_benchmarks", "other"), one) == expected  # a group


def test_what_needs_a_network_may_have_it_the_next_time(refusals):
    one = job("download")
    write_times(one, "failed", time.time(), "7")
    assert restarts(one) == 3


def test_a_rule_without_a_log_or_a_start_is_started_again(refusals):
    one = job("all")
    one.log = []
    assert restarts(one) == restarts(job("answer_benchmarks")) == 3


def test_snakemake_has_what_is_changed():
    """A newer one may have another name for it."""
    assert isinstance(Job.restart_times, property)
    assert isinstance(GroupJob.restart_times, property)


@pytest.mark.parametrize(("slurm", "expected"), [("7", 0), ("6", 3)])
def test_the_same_traceback_twice_ends_the_attempts_of_this_run(refusals, slurm, expected):
    one = job("answer_benchmarks")
    write_times(one, "seen", time.time(), slurm)
    error = "12:00:01 failed\nTraceback (most recent call last):\nValueError: a\n"
    log = cluster_retries.Path(one.log[0])
    log.write_text(error)
    assert restarts(one) == 3
    log.write_text(error + error)
    assert restarts(one) == expected
