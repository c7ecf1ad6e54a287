"""Warnings of a cluster before it ends a job, and the exit status that asks for another run."""

import os
import signal
import time

from scripts.common.orphans import die_with_parent

AGAIN = 75  # EX_TEMPFAIL of sysexits.h: nothing is wrong, run me again
WARNINGS = (signal.SIGTERM, signal.SIGUSR1)
# Seconds before a job's limit at which training stops; of a short job a quarter of what it has.
RESERVE = 300
LIMIT = "the job's time limit"


class Warned:
    """Remembers whether SIGTERM or SIGUSR1 has come; the training loop checks after each step.

    Near the limit of a cluster's job it is as if one had come: the signals that clusters send
    reach a script's parents too, which they end.

    Args:
        left: seconds until the job is ended; None: it has no limit that this process watches.
    """

    def __init__(self, left: float | None = None) -> None:
        self.signal = ""
        self.end = None if left is None else time.monotonic() + left
        self.reserve = min(RESERVE, (left or 0) / 4)
        for number in WARNINGS:
            signal.signal(number, self.remember)

    @property
    def name(self) -> str:
        """Return what asks for the end: a signal's name, `LIMIT`, or nothing ("")."""
        near = self.end is not None and time.monotonic() + self.reserve >= self.end
        return self.signal or (LIMIT if near else "")

    @property
    def ended(self) -> bool:
        """Tell whether SIGTERM has come, which ends a job for good."""
        return self.signal == signal.SIGTERM.name

    def remember(self, number: int, frame: object) -> None:
        """Note the signal; the step at work is finished first."""
        self.signal = signal.Signals(number).name

    def allow(self, seconds: float) -> None:
        """Keep enough time for a checkpoint, or a step, that has taken so long."""
        self.reserve = max(self.reserve, 3 * seconds)


class Stopped(SystemExit):
    """Training ends after a checkpoint, with status 75.

    Args:
        ended: whether SIGTERM asked for it: then nobody wants the job to continue by itself.
    """

    def __init__(self, ended: bool) -> None:
        super().__init__(AGAIN)
        self.ended = ended


def die_with_launcher() -> None:
    """Have the kernel kill this process when its launcher dies: no training is left over."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        die_with_parent()
