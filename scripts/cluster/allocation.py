"""The Slurm job that this process is in: the time it has left, and giving it back to the queue.

A job that is given back keeps its number and its place with who submitted it: it waits, starts
again and is no failure, whoever watches it. Slurm does this by itself after a failure of the node
and after a preemption, if the job was submitted with ``--requeue``; `slurm/profile.yaml` says so.
"""

import os
import re
import signal
import time
from collections.abc import Mapping

from scripts.common.slurm_job import ask, job_number

UNTIL_KILLED = 120  # seconds; Slurm ends a job's processes within a few
TIME_LEFT = re.compile(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)")  # days-hours:minutes:seconds
# What variables begin with that Slurm's commands read as options; and those that say which job.
OPTIONS = ("SLURM_", "SRUN_", "SBATCH_")
OF_THE_JOB = ("SLURM_JOB_ID", "SLURM_CONF", "SLURM_CLUSTER_NAME")


def step_variables(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return this process's variables without the options of its job, which a step has its own of.

    srun would take the job's for those that its command line does not say, and refuse some beside
    those that it does.
    """
    return {
        name: value
        for name, value in environment.items()
        if name in OF_THE_JOB or not name.startswith(OPTIONS)
    }


def seconds_left() -> float | None:
    """Return the seconds until this process's job is ended; None: no limit, or no job."""
    number = job_number()
    answer = ask("squeue", "--noheader", f"--jobs={number}", "--format=%L") if number else None
    return parse_left(answer or "")


def parse_left(text: str) -> float | None:
    """Return a time that squeue prints in seconds; None where it has none (``UNLIMITED``)."""
    found = TIME_LEFT.fullmatch(text.strip())
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60.0 + seconds


def give_back(first: bool = True) -> None:
    """Give this process's job back to the queue and wait for its end; return where it cannot be.

    Only a job that runs is: one that somebody has cancelled would be brought back to life.

    Args:
        first: whether this process does it, of several; the others wait, for a launcher ends all
            when one leaves.
    """
    number = job_number()
    if number is None:
        return
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if first:
        runs = ask("squeue", "--noheader", f"--jobs={number}", "--format=%T") == "RUNNING"
        if not runs or ask("scontrol", "requeue", number) is None:
            return
    time.sleep(UNTIL_KILLED)
