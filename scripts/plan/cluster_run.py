"""A run on a cluster from its start to its end: no job is made twice, and none is left behind."""

import atexit
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from scripts.cluster.leftovers import cancel_jobs, cancel_leftovers, list_jobs
from scripts.cluster.watch import Watch
from scripts.common.run_lock import join_runs, run_alone
from scripts.environments.create_environment import alone, create
from scripts.environments.locks import cache_folder
from scripts.plan.cluster_console import Console
from scripts.plan.cluster_executor import set_up_executor
from scripts.plan.cluster_job import forget_mistakes
from scripts.plan.cluster_retries import follow_submissions, refuse_retries
from scripts.plan.cluster_rules import tell, tell_error
from scripts.plan.environments import locks
from scripts.plan.interrupt import end_children
from scripts.plan.start import one_line

CREATE = "create_environment"
ENDED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def begin_run(workflow: Any, console: Console | None) -> None:
    """Prepare a run whose jobs are about to be submitted, and whose progress a console shows."""
    if workflow.execution_settings.lock:  # then no other run is at work here (`claim_results`)
        cancel_leftovers(os.getcwd(), tell)
        atexit.register(leave_no_job, os.getcwd())
    create_environments(workflow.dag.needrun_jobs())
    for number in ENDED_BY:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, interrupt)
    forget_mistakes()
    refusals = refuse_retries()
    set_up_executor(workflow)
    follow_submissions(workflow, refusals)
    if console:
        console.follow(workflow)
        Watch(console.tell_error, look=console.take_queue).start()
    else:
        Watch(tell_error).start()


def claim_results(on_cluster: bool) -> None:
    """Note that this run is at work on ``results/``; one whose jobs go to Slurm must be the only.

    For it cancels what an earlier one has left in the queue, which must not be a living one's.

    Raises:
        InputError: if another one is at work there.
    """
    if on_cluster:
        run_alone()
    else:
        join_runs()


def create_environments(jobs: Iterable[Any]) -> None:
    """Create the environments that jobs of a run need, before any is submitted.

    Their own jobs then find them. Another run that creates one of them is waited for.
    """
    names = {job.wildcards.environment for job in jobs if job.rule.name == CREATE}
    for name in sorted(names):
        folder = cache_folder() / name
        tell(f"environment {name}: created here, unless it exists, before jobs are submitted")
        with one_line(), alone(folder):
            create(Path(locks()[name]), folder)


def interrupt(number: int, frame: FrameType | None) -> None:
    """End the run as Ctrl-C does, which cancels its jobs: Snakemake would wait for all of them.

    Once: a second Ctrl-C would interrupt the cancelling, and leave jobs and a traceback.
    """
    for other in ENDED_BY:
        signal.signal(other, signal.SIG_IGN)
    end_children()  # jobs that run here, such as downloads
    raise KeyboardInterrupt


def leave_no_job(folder: str) -> None:
    """Cancel jobs that the run has left, such as one that was being submitted when it was ended."""
    left = list_jobs(folder)
    if left is None:
        tell_error(f"squeue: no answer; `squeue --me` tells whether jobs of {folder} are left")
    cancel_jobs(left or [])
