"""A run on a cluster from its start to its end: no job is made twice, and none is left behind."""

import atexit
import os
import signal
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
from snakemake.jobs import Job

from scripts.cluster.leftovers import cancel_jobs, cancel_leftovers, list_jobs
from scripts.cluster.watch import Watch
from scripts.plan.cluster_rules import tell, tell_error

CHECKPOINTS = Path("results/checkpoints")
ENDED_BY = (signal.SIGTERM, signal.SIGHUP)


def begin_run(locked: bool) -> None:
    """Prepare a run whose jobs are about to be submitted.

    Args:
        locked: whether this is the only workflow of its folder, which Snakemake's lock says.
    """
    if locked:
        cancel_leftovers(os.getcwd(), tell)
        atexit.register(leave_no_job, os.getcwd())
    for number in ENDED_BY:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, interrupt)
    refuse_retries(known_failures())
    Watch(tell_error).start()


def interrupt(number: int, frame: FrameType | None) -> None:
    """End the run as Ctrl-C does, which cancels its jobs: Snakemake would wait for all of them."""
    for other in ENDED_BY:
        signal.signal(other, signal.SIG_IGN)
    tell(f"{signal.Signals(number).name}: the run's jobs are cancelled")
    for child in psutil.Process().children(recursive=True):  # jobs that run here, such as downloads
        with suppress(psutil.NoSuchProcess):
            child.terminate()
    raise KeyboardInterrupt


def leave_no_job(folder: str) -> None:
    """Cancel jobs that the run has left, such as one that was being submitted when it was ended."""
    cancel_jobs(list_jobs(folder))


def known_failures() -> dict[Path, int]:
    """Return the notes of stages that have failed for good, and when they were written."""
    notes = CHECKPOINTS.glob("*/*/failed.json")
    return {note: note.stat().st_mtime_ns for note in notes}


def refuse_retries(before: dict[Path, int]) -> None:
    """Submit no stage again that has failed for good since the start of this run.

    Snakemake's `retries` is a number per rule and asks nothing of a job, so a job's own answer is
    put before it.
    """
    usual = Job.restart_times.fget

    def restart_times(job: Any) -> int:
        return 0 if has_failed(job, before) else int(usual(job))

    Job.restart_times = property(restart_times)


def has_failed(job: Any, before: dict[Path, int]) -> bool:
    """Tell whether a job is a stage that has noted why it cannot be trained."""
    if job.rule.name != "train_model":
        return False
    notes = known_failures().items()
    return any(
        note.parent.parent.name == job.wildcards.model and before.get(note) != written
        for note, written in notes
    )
