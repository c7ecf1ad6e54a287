"""The Slurm job that this process is in: its number, its node, and how long it waited."""

import os
import socket
import subprocess
from collections.abc import Mapping

ANSWER = 20  # seconds for one of Slurm's commands


def job_number(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the number of this process's job; None outside Slurm."""
    return environment.get("SLURM_JOB_ID")


def node_name(environment: Mapping[str, str] = os.environ) -> str:
    """Return the node's name: Slurm's own where it has one, else the machine's."""
    return environment.get("SLURMD_NODENAME") or socket.gethostname()


def read_wait(number: str) -> tuple[float, float] | None:
    """Return when a job was submitted, or put back into the queue, and when it got its node.

    Seconds since the epoch; None where Slurm does not tell (some sites allow nodes no squeue).
    """
    told = ask("squeue", "--noheader", f"--jobs={number}", "--format=%V %S", SLURM_TIME_FORMAT="%s")
    try:
        submitted, started = map(float, (told or "").split())
    except ValueError:
        return None
    return (submitted, started) if submitted <= started else None


def ask(*command: str, **variables: str) -> str | None:
    """Return what one of Slurm's commands prints; None if it fails."""
    environment = os.environ | variables
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=ANSWER, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
