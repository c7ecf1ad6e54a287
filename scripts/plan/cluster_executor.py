"""How Snakemake's Slurm executor is used: what a job starts, and how often it is asked for.

As it is, a job starts Snakemake, which starts Snakemake once more for each of its rules' jobs, one
after the other; and what the run has decided for a rule (threads, memory) counts for the job that
is submitted, not in it.
"""

import time
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

FOR_SLURM = SimpleNamespace(is_local=False)  # a job of any rule that is submitted
SOONEST = 3  # seconds between two questions for the states of jobs
SHARE = 0.1  # of the time in which nothing has changed


def set_up_executor(workflow: Any) -> None:
    """Change the executor of a workflow that is about to submit its jobs."""
    executor = workflow.scheduler.get_executor(FOR_SLURM)
    run_directly(executor)
    look_in_time(executor)


def ask_soon() -> None:
    """Let the executor that is going to be made ask for its first jobs soon, not after 40 s."""
    # Here, for only a run on a cluster has loaded it.
    from snakemake_executor_plugin_slurm import common_settings

    common_settings.init_seconds_before_status_checks = SOONEST


def run_directly(executor: Any) -> None:
    """Let the Snakemake that a job starts run its rules itself, as many at once as there is room.

    Each start of Snakemake costs seconds of a processor.
    """
    usual = executor.format_job_exec
    executor.additional_general_args = str
    executor.format_job_exec = lambda job: f"{usual(job)} {' '.join(decided_words(job))}"


def decided_words(job: Any) -> Iterable[str]:
    """Yield options by which a job has the CPUs and the memory that it has asked Slurm for.

    They are the last ones of the command line, so they count.
    """
    jobs = list(job.jobs) if job.is_group() else [job]
    threads: dict[str, int] = {}
    for one in jobs:
        threads[one.rule.name] = max(int(one.threads), threads.get(one.rule.name, 1))
    yield f"--cores {int(job.threads)}"
    yield f"--resources mem_mb={int(job.resources['mem_mb'])}"
    yield "--set-threads " + " ".join(f"{rule}={count}" for rule, count in sorted(threads.items()))


def look_in_time(executor: Any) -> None:
    """Let the executor ask soon for jobs that are short, and more seldom for those that are long.

    It waits 40 seconds before each question, and after each that finds no job finished ten more,
    up to three minutes: short jobs, of which a study has a dozen in a row, would cost no more
    than their waits, and what comes behind a stage of hours would wait for nothing. Here it waits a
    tenth of the time since a job was submitted or finished, and 40 seconds at the most.
    """
    latest = executor.workflow.executor_settings.init_seconds_before_status_checks
    changed = [time.monotonic()]

    def note_change() -> None:
        changed[0] = time.monotonic()

    def seconds(_: Any) -> float:
        return min(float(latest), max(SOONEST, SHARE * (time.monotonic() - changed[0])))

    def take(_: Any, asked: float) -> None:
        if asked == latest:  # which it sets where a job has finished
            note_change()

    submitted = executor.report_job_submission

    def report_job_submission(*words: Any, **named: Any) -> None:
        note_change()
        submitted(*words, **named)

    executor.report_job_submission = report_job_submission
    type(executor).next_seconds_between_status_checks = property(seconds, take)
