"""What each job took: from Snakemake's benchmark files, and from what the scripts themselves noted.

A job is named as its files: ``<rule>/<job>`` is ``results/timings/<rule>/<job>.tsv`` and
``results/logs/<rule>/<job>.times.jsonl`` (scripts/common/job_times.py).
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from scripts.common.errors import InputError
from scripts.common.files import read_text
from scripts.common.job_times import MOST, SUFFIX, Start, read_starts


@dataclass(frozen=True)
class JobTime:
    """One job: wall-clock and CPU seconds, the largest resident memory in MiB, its last start.

    `start` is None where the script noted no complete one; `interrupted` counts the starts before
    it that did not reach their end, whose time is in no figure here.
    """

    name: str
    seconds: float
    cpu_seconds: float
    memory: float
    start: Start | None = None
    interrupted: int = 0

    @property
    def rule(self) -> str:
        """Return the job's rule."""
        return self.name.partition("/")[0]

    @property
    def start_up(self) -> float | None:
        """Return the seconds from the interpreter's start to the begin of the script's work."""
        return self.start.began - self.start.started if self.start else None

    @property
    def work(self) -> float | None:
        """Return the seconds of the script's work."""
        return self.start.ended - self.start.began if self.start and self.start.ended else None


@dataclass(frozen=True)
class RuleTime:
    """Jobs of one rule, as `JobTime`, summed; of `start_up` and `work` those that were measured."""

    rule: str
    jobs: int
    seconds: float
    start_up: float | None
    work: float | None
    cpu_seconds: float
    memory: float


def read_jobs(timings: Path, logs: Path | None = None) -> list[JobTime]:
    """Read every job's files; one whose benchmark file is empty or torn was not measured."""
    paths = sorted(timings.glob("*/**/*.tsv")) if timings.is_dir() else []
    names = {path.relative_to(timings).with_suffix("").as_posix(): path for path in paths}
    found = (read_job(name, path, logs) for name, path in names.items())
    return [job for job in found if job]


def read_job(name: str, benchmark: Path, logs: Path | None) -> JobTime | None:
    """Read a job's files, None where Snakemake has not measured it."""
    row = read_benchmark(benchmark)
    if row is None:
        return None
    starts = read_starts(logs / (name + SUFFIX)) if logs else []
    last = starts[-1] if starts and starts[-1].ended is not None else None
    cpu = last.cpu if last else None
    return JobTime(
        name=name,
        seconds=float(row["s"]),
        cpu_seconds=read_number(row, "cpu_time") if cpu is None else cpu,
        memory=read_number(row, "max_rss"),
        start=last,
        interrupted=sum(start.ended is None for start in starts[:-1]),
    )


def read_benchmark(path: Path) -> dict[str, str] | None:
    """Read one Snakemake benchmark file, None if it is not whole; `InputError` if it is none."""
    text = read_text(path, "a benchmark file of Snakemake")
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t", restval=""))
    if rows and "s" not in rows[0]:
        raise InputError(f"{path}: line 1: no column 's'; expected Snakemake's benchmark header")
    # A job that is killed while its file is written leaves the first columns of its row.
    whole = [row for row in rows if all(row.values()) and is_number(row["s"])]
    return whole[-1] if whole else None


def is_number(text: str) -> bool:
    """Tell whether text is a number that can be an amount of something."""
    try:
        return 0 <= float(text) < MOST
    except ValueError:
        return False


def read_number(row: dict[str, str], key: str) -> float:
    """Return a column's number; 0 where Snakemake wrote NA or - (a job too short to sample)."""
    text = row.get(key) or ""
    return float(text) if is_number(text) else 0.0


def sum_rules(jobs: Iterable[JobTime]) -> list[RuleTime]:
    """Add up the jobs of each rule, slowest rule first."""
    by_rule = groupby(sorted(jobs, key=lambda job: job.rule), key=lambda job: job.rule)
    times = [sum_rule(rule, list(group)) for rule, group in by_rule]
    return sorted(times, key=lambda time: -time.seconds)


def sum_rule(rule: str, jobs: list[JobTime]) -> RuleTime:
    """Add up the jobs of one rule."""
    return RuleTime(
        rule=rule,
        jobs=len(jobs),
        seconds=sum(job.seconds for job in jobs),
        start_up=sum_known(job.start_up for job in jobs),
        work=sum_known(job.work for job in jobs),
        cpu_seconds=sum(job.cpu_seconds for job in jobs),
        memory=max(job.memory for job in jobs),
    )


def sum_known(values: Iterable[float | None]) -> float | None:
    """Return the sum of those that are known, None if none is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
