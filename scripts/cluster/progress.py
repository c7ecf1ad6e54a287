"""What a run on a cluster is doing: which of its jobs wait, run, are done, and for how long."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from scripts.cluster.allocation import parse_left

QUEUED, RUNNING = "PENDING", "RUNNING"  # Slurm's words for a job's states
SHOWN = 2  # jobs that are named; of the others the number is told
FIELDS = 7  # of a line of squeue's (scripts.cluster.watch)


@dataclass
class Submission:
    """What Slurm knows as one job: the workflow's jobs in it, its state and since when it has it.

    Times are seconds of the progress's clock.
    """

    jobs: tuple[int, ...]
    since: float
    state: str = QUEUED
    reason: str = ""


@dataclass
class Progress:
    """The jobs of a run by the workflow's numbers, and submissions by Slurm's.

    Attributes:
        here: jobs that run where the workflow does, and since when.
    """

    now: Callable[[], float] = time.monotonic
    total: int = 0
    done: int = 0
    messages: dict[int, str] = field(default_factory=dict)
    here: dict[int, float] = field(default_factory=dict)
    submissions: dict[str, Submission] = field(default_factory=dict)
    started: dict[int, None] = field(default_factory=dict)

    def name(self, job: int) -> str:
        """Return what a job does."""
        return self.messages.get(job, f"job {job}")

    def submit(self, number: str, jobs: Iterable[int]) -> None:
        """Note that Slurm has got jobs of the workflow as one of its own."""
        self.submissions[number] = Submission(tuple(jobs), self.now())

    def look(self, lines: Sequence[str], folder: str) -> list[str]:
        """Take the states of squeue's lines; return lines that tell what has changed."""
        told = []
        for line in lines:
            parts = line.rstrip("\n").split("|")
            known = self.submissions.get(parts[0])
            if len(parts) != FIELDS or parts[-1] != folder or known is None:
                continue
            state, known.reason = parts[1], parts[2]
            if state == known.state or state not in (QUEUED, RUNNING):
                continue
            began = self.now() - (parse_left(parts[5]) or 0.0)  # it runs so long already
            passed = write_age(max(0.0, began - known.since))
            known.state, known.since = state, began
            if state == RUNNING:
                told += self.start(known.jobs, f" (job {parts[0]}, waited {passed})")
            else:
                told.append(f"back in the queue: {self.join(known.jobs)} (job {parts[0]})")
        return told

    def start(self, jobs: Iterable[int], note: str = "") -> list[str]:
        """Return a line a job that starts and was not told to have; a retry keeps its number."""
        told = []
        for job in jobs:
            if job not in self.started:
                self.started[job] = None
                width = len(str(self.total))
                number = f"[{len(self.started):{width}}/{self.total}]"
                told.append(f"{number} {self.name(job)}{note}")
        return told

    def end(self, job: int) -> None:
        """Note that a job of the workflow is over, with or without success."""
        self.here.pop(job, None)
        for number, known in list(self.submissions.items()):
            if job in known.jobs:
                known.jobs = tuple(other for other in known.jobs if other != job)
                if not known.jobs:
                    del self.submissions[number]

    def describe(self) -> str:
        """Return one line: how much is done, what runs, what waits, for how long, and for what."""
        running = [one for one in self.submissions.values() if one.state == RUNNING]
        waiting = [one for one in self.submissions.values() if one.state != RUNNING]
        parts = [f"{self.done} of {self.total} done"]
        runs = [f"{self.name(job)} ({write_age(self.now() - at)})" for job, at in self.here.items()]
        runs += [f"{self.join(one.jobs)} ({self.passed(one)})" for one in running]
        if runs:
            parts.append(f"{len(runs)} running: {name_some(runs)}")
        if waiting:
            longest = min(waiting, key=lambda one: one.since)
            reasons = sorted({one.reason for one in waiting} - {"", "None", "(null)"})
            why = f", {'/'.join(reasons)}" if reasons else ""
            waits = f"{self.join(longest.jobs)} ({self.passed(longest)}{why})"
            parts.append(f"{len(waiting)} in the queue, the longest: {waits}")
        return "; ".join(parts)

    def join(self, jobs: Sequence[int]) -> str:
        """Return what several jobs do."""
        return name_some([self.name(job) for job in jobs], most=1)

    def passed(self, known: Submission) -> str:
        """Return for how long a submission has its state."""
        return write_age(self.now() - known.since)


def name_some(names: Sequence[str], most: int = SHOWN) -> str:
    """Return the first of several names, and how many there are beside them."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def write_age(seconds: float) -> str:
    """Return ``40 s``, ``12 min`` or ``3 h 20 min``."""
    if seconds < 60:
        return f"{round(seconds)} s"
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
