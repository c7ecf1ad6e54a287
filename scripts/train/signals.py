"""Warnings of a cluster before it ends a job, and the exit status that asks for another run."""

import os
import signal

from scripts.common.orphans import die_with_parent

AGAIN = 75  # EX_TEMPFAIL of sysexits.h: nothing is wrong, run me again
WARNINGS = (signal.SIGTERM, signal.SIGUSR1)


class Warned:
    """Remembers whether SIGTERM or SIGUSR1 has come; the training loop checks after each step."""

    def __init__(self) -> None:
        self.name = ""
        for number in WARNINGS:
            signal.signal(number, self.remember)

    def remember(self, number: int, frame: object) -> None:
        """Note the signal; the step at work is finished first."""
        self.name = signal.Signals(number).name


def die_with_launcher() -> None:
    """Have the kernel kill this process when its launcher dies: no training is left over."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        die_with_parent()
