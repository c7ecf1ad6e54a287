"""Which runs are at work on ``results/``: each holds a lock file in it as long as it lives.

Snakemake's own lock belongs to the folder that it is started in, forbids only runs that would make
the same files, and outlives a run that was killed. This one belongs to ``results/``, whichever
folder links to it, and the kernel frees it however a run ends.
"""

import fcntl
import os
from pathlib import Path
from typing import IO

from scripts.common.errors import InputError, shorten

LOCK = Path("results/.run.lock")

held: list[IO[str]] = []  # open as long as this process lives


def join_runs() -> None:
    """Be one of the runs that are at work here, until this process ends."""
    stream = take(fcntl.LOCK_SH)
    if stream is None:
        return  # Snakemake's own lock decides what may be made beside a run that is alone
    write_owner(stream, "")  # it named a run that was alone, and is over
    held.append(stream)


def run_alone() -> None:
    """Be the only run that is at work here, until this process ends.

    Raises:
        InputError: if another one is, with where it is.
    """
    stream = take(fcntl.LOCK_EX)
    if stream is None:
        raise InputError(describe_work())
    write_owner(stream, f"process {os.getpid()} on {os.uname().nodename} in {os.getcwd()}")
    held.append(stream)


def is_at_work() -> bool:
    """Tell whether any run is at work here."""
    if not LOCK.exists():
        return False
    stream = take(fcntl.LOCK_EX)
    if stream is not None:
        stream.close()
    return stream is None


def take(kind: int) -> IO[str] | None:
    """Return the lock file, locked; None where another run's lock forbids it.

    It is closed on a file system that has no locks, where nobody can tell.
    """
    LOCK.parent.mkdir(exist_ok=True)
    try:
        stream = LOCK.open("a+", encoding="utf-8")
    except PermissionError:  # another user's, which can be locked all the same
        stream = LOCK.open(encoding="utf-8")
    try:
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except OSError as error:
        stream.close()
        return None if isinstance(error, BlockingIOError) else stream
    return stream


def write_owner(stream: IO[str], owner: str) -> None:
    """Write which run has the lock alone, where the file can be written."""
    if not stream.closed and stream.writable():
        stream.truncate(0)
        stream.write(owner)
        stream.flush()


def describe_work() -> str:
    """Return that another run is at work here, and which, where it is one that is alone."""
    owner = shorten(LOCK.read_text(encoding="utf-8", errors="replace").strip(), 300)
    named = f" ({owner})" if owner else ""
    return f"results: another run is at work on it{named}; wait for its end, or end it"
