"""What jobs on Slurm are started with, and when their states are asked for."""

import time
from types import SimpleNamespace

import pytest

from scripts.plan import cluster_executor


class Executor:
    """What is changed of the plugin's executor."""

    next_seconds_between_status_checks = 40
    workflow = SimpleNamespace(
        executor_settings=SimpleNamespace(init_seconds_before_status_checks=40)
    )

    def __init__(self):
        self.submitted = []

    def additional_general_args(self):
        return "--executor slurm-jobstep --jobs 1"

    def format_job_exec(self, job):
        return f"snakemake --cores all {self.additional_general_args()}"

    def report_job_submission(self, job, register_job=True):
        self.submitted.append(job)


def job(rule: str, threads: int, memory: int = 2000):
    """Return a job of a rule."""
    return SimpleNamespace(
        is_group=lambda: False,
        rule=SimpleNamespace(name=rule),
        threads=threads,
        resources={"mem_mb": memory},
    )


def words(job) -> str:
    executor = Executor()
    cluster_executor.run_directly(executor)
    return executor.format_job_exec(job)


def test_a_job_has_what_it_has_asked_for():
    found = words(job("train_model", 16, 64000))
    assert found.endswith("--cores 16 --resources mem_mb=64000 --set-threads train_model=16")
    assert "jobstep" not in found and "--jobs" not in found


def test_jobs_of_a_group_share_what_it_has_asked_for():
    jobs = [job("pack_examples", 4), job("pack_examples", 2), job("check_overlap", 1)]
    group = SimpleNamespace(is_group=lambda: True, jobs=jobs, threads=7, resources={"mem_mb": 8000})
    expected = "--cores 7 --resources mem_mb=8000 --set-threads check_overlap=1 pack_examples=4"
    assert words(group).endswith(expected)


@pytest.fixture
def clock(monkeypatch):
    """The time, which the test sets."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(time, "monotonic", lambda: now.seconds)
    return now


def test_short_jobs_are_asked_for_soon_and_long_ones_seldom(clock, monkeypatch):
    monkeypatch.setattr(Executor, "next_seconds_between_status_checks", 40)
    executor = Executor()
    cluster_executor.look_in_time(executor)

    def wait() -> float:
        return executor.next_seconds_between_status_checks

    assert wait() == cluster_executor.SOONEST
    clock.seconds += 200
    executor.next_seconds_between_status_checks = wait() + 10  # no job was finished
    assert wait() == pytest.approx(20)
    clock.seconds += 7200
    assert wait() == 40
    executor.next_seconds_between_status_checks = 40  # a job was
    assert wait() == cluster_executor.SOONEST
    clock.seconds += 7200
    executor.report_job_submission("a job")
    assert wait() == cluster_executor.SOONEST and executor.submitted == ["a job"]


def test_the_executor_has_what_is_changed():
    """The plugin's own class: a newer one may have other names for it."""
    from snakemake.scheduling.job_scheduler import JobScheduler
    from snakemake_executor_plugin_slurm import Executor, ExecutorSettings

    assert isinstance(Executor.next_seconds_between_status_checks, property)
    assert ExecutorSettings.init_seconds_before_status_checks == 40
    assert callable(JobScheduler.get_executor)
    assert Executor.additional_general_args and Executor.format_job_exec
    assert Executor.report_job_submission


def test_an_executor_that_is_made_asks_soon(monkeypatch):
    from snakemake_executor_plugin_slurm import common_settings

    monkeypatch.setattr(common_settings, "init_seconds_before_status_checks", 40)
    cluster_executor.ask_soon()
    assert common_settings.init_seconds_before_status_checks == cluster_executor.SOONEST
