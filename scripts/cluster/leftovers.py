"""Jobs that a workflow has left in Slurm's queue, of a folder in which no workflow runs."""

import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from scripts.common.escapes import error_line

FIELDS = "%i|%k|%Z"
PARTS = len(FIELDS.split("|"))
ANSWER = 30  # seconds for one of Slurm's commands
GONE = 180  # seconds in which cancelled jobs are over, a stage's last checkpoint included
MARKS = ("rule_", "group_")  # with which the comments of Snakemake's jobs begin
SHOWN = 5
UNKNOWN = (
    "squeue: no answer, so jobs of a run that was killed may be in the queue, and would be made "
    "twice; nothing was submitted; try again when it answers"
)


def cancel_leftovers(folder: str, tell: Callable[[str], None]) -> None:
    """Cancel what a workflow that was killed has left, so that nothing is made by two jobs at once.

    Raises:
        SystemExit: if a job does not end, or squeue does not tell which there are.
    """
    left = list_jobs(folder)
    if left is None:
        raise SystemExit(error_line(UNKNOWN))
    if not left:
        return
    tell(f"cancelled: {describe(left)} of a run that was killed; stages keep their checkpoints")
    cancel_jobs(left)
    deadline = time.monotonic() + GONE
    while (found := list_jobs(folder)) != []:
        left = found or left
        if time.monotonic() > deadline:
            raise SystemExit(error_line(f"{describe(left)} of a run that was killed will not end"))
        time.sleep(1)


def list_jobs(folder: str) -> list[str] | None:
    """Return the numbers of this user's jobs that Snakemake has submitted from a folder.

    Jobs that Slurm is ending count, for they may still write. None where squeue does not answer,
    or fails, which is not the same as no jobs.
    """
    command = ["squeue", "--me", "--noheader", "--format", FIELDS]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return list(read_jobs(done.stdout.splitlines(), folder)) if done.returncode == 0 else None


def read_jobs(lines: Iterable[str], folder: str) -> Iterable[str]:
    """Yield the numbers of a folder's jobs from squeue's lines."""
    for line in lines:
        parts = line.split("|")
        if len(parts) == PARTS and parts[1].startswith(MARKS) and parts[2] == folder:
            yield parts[0]


def cancel_jobs(numbers: Sequence[str]) -> None:
    """Cancel jobs; those that are over are no mistake, and who waits for them sees the others."""
    if numbers:
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(["scancel", *numbers], capture_output=True, timeout=ANSWER)


def describe(numbers: Sequence[str]) -> str:
    """Return ``3 jobs (12, 13, 14)``."""
    more = ", …" if len(numbers) > SHOWN else ""
    jobs = "job" if len(numbers) == 1 else "jobs"
    return f"{len(numbers)} {jobs} ({', '.join(numbers[:SHOWN])}{more})"
