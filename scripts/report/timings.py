"""Where a run's time went: per rule from Snakemake's benchmark files, overhead from the trace."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from scripts.common.errors import InputError

Interval = tuple[float, float]


@dataclass(frozen=True)
class RuleTime:
    """Jobs of one rule: seconds and CPU seconds summed, the largest resident memory in MiB."""

    rule: str
    jobs: int
    seconds: float
    cpu_seconds: float
    memory: float


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


def read_rule_times(folder: Path) -> list[RuleTime]:
    """Read ``<rule>/**/*.tsv``, slowest rule first."""
    rules = sorted(path for path in folder.iterdir() if path.is_dir())
    times = [sum_rule(path.name, sorted(path.rglob("*.tsv"))) for path in rules]
    return sorted((time for time in times if time.jobs), key=lambda time: -time.seconds)


def sum_rule(rule: str, paths: list[Path]) -> RuleTime:
    """Add up the benchmark files of one rule."""
    rows = [row for path in paths for row in read_benchmark(path)]
    return RuleTime(
        rule=rule,
        jobs=len(rows),
        seconds=sum(read_number(row, "s") for row in rows),
        cpu_seconds=sum(read_number(row, "cpu_time") for row in rows),
        memory=max((read_number(row, "max_rss") for row in rows), default=0.0),
    )


def read_benchmark(path: Path) -> list[dict[str, str]]:
    """Read one Snakemake benchmark file; `InputError` if it is none."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    if rows and "s" not in rows[0]:
        raise InputError(f"{path}: line 1: no column 's'; expected Snakemake's benchmark header")
    return rows


def read_number(row: dict[str, str], key: str) -> float:
    """Return a column's number; 0 where Snakemake wrote NA or - (a job too short to sample)."""
    try:
        number = float(row.get(key) or 0)
    except ValueError:
        return 0.0
    return number if number == number else 0.0


def measure_overhead(path: Path, now: float, began: float) -> Overhead | None:
    """Return what Snakemake and interpreter start-up added to the run that ends `now`.

    `began` is when the calling script began its own work, which the trace cannot hold yet.
    A run that was interrupted and continued has a workflow line for each start; the time from
    the last script of one to the start of the next is not counted. None if the trace names no
    workflow's start.
    """
    starts = split_starts(read_trace(path))
    total = idle = starting = 0.0
    for index, (start, scripts) in enumerate(starts):
        last = index == len(starts) - 1
        work = [(script["began"], script["ended"]) for script in scripts]
        launch = [(script["started"], script["began"]) for script in scripts]
        if last:
            work.append((began, now))
        end = now if last else max((ended for _, ended in work), default=start)
        worked = measure_union(work, start, end)
        total += end - start
        idle += end - start - worked
        starting += measure_union(work + launch, start, end) - worked
    return Overhead(total, idle, starting) if total > 0 else None


def read_trace(path: Path) -> list[dict]:
    """Read the trace; a partial line of a killed process is skipped."""
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        if entry.get("workflow") or {"started", "began", "ended"} <= entry.keys():
            entries.append(entry)
    return entries


def split_starts(entries: list[dict]) -> list[tuple[float, list[dict]]]:
    """Return (start, scripts) for each time the workflow was started."""
    starts: list[tuple[float, list[dict]]] = []
    for entry in entries:
        if entry.get("workflow"):
            starts.append((entry["started"], []))
        elif starts:
            starts[-1][1].append(entry)
    return starts


def measure_union(intervals: list[Interval], start: float, end: float) -> float:
    """Return the seconds between `start` and `end` that at least one interval covers."""
    covered, reached = 0.0, start
    for low, high in sorted(intervals):
        low, high = max(low, reached), min(high, end)
        if high > low:
            covered += high - low
            reached = high
    return covered
