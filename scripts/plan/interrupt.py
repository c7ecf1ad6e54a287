"""Ctrl-C while jobs run on this machine: Snakemake ends them, and is not interrupted in that."""

import signal
from contextlib import suppress
from types import FrameType

import psutil


def end_once() -> None:
    """Let Ctrl-C end a run once; pressed again it hurries the jobs, which are left to end."""
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGINT, interrupt)


def interrupt(number: int, frame: FrameType | None) -> None:
    """End the run as Ctrl-C does: Snakemake waits for its jobs, which a terminal interrupts too.

    A second interrupt of that wait would leave a traceback.
    """
    signal.signal(signal.SIGINT, hurry)
    raise KeyboardInterrupt


def hurry(number: int, frame: FrameType | None) -> None:
    """End the jobs that have not ended."""
    end_children()


def end_children() -> None:
    """Send SIGTERM to every process that this one has started, and to those that they have."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.terminate()
