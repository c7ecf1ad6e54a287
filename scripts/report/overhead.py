"""The time of a run in which none of its scripts was at work."""

from collections.abc import Iterable
from dataclasses import dataclass

from scripts.common.job_times import Start

Interval = tuple[float, float]


@dataclass(frozen=True)
class Overhead:
    """Seconds of a run: all, those outside scripts' work, and of these starting interpreters."""

    elapsed: float
    idle: float
    starting: float

    @property
    def share(self) -> float:
        """Return the overhead's share of the run, 0 to 1."""
        return self.idle / self.elapsed if self.elapsed > 0 else 0.0


def measure_overhead(began: float, starts: Iterable[Start]) -> Overhead | None:
    """Return what Snakemake and interpreter start-up added to the run that began then.

    It lasts to the end of its last script. Starts of earlier runs, and those that did not reach
    their end, are left out; None if no other is there.
    """
    run = [start for start in starts if start.ended is not None and start.started >= began]
    work = [(start.began, start.ended) for start in run if start.ended is not None]
    if not work:
        return None
    end = max(ended for _, ended in work)
    launch = [(start.started, start.began) for start in run]
    worked = measure_union(work, began, end)
    starting = measure_union(work + launch, began, end) - worked
    return Overhead(end - began, end - began - worked, starting)


def measure_union(intervals: list[Interval], start: float, end: float) -> float:
    """Return the seconds between `start` and `end` that at least one interval covers."""
    covered, reached = 0.0, start
    for low, high in sorted(intervals):
        low, high = max(low, reached), min(high, end)
        if high > low:
            covered += high - low
            reached = high
    return covered
