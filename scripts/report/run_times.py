"""Where the time of a study went, as far as it is there: of each job, each rule and the whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scripts.common.job_times import SUFFIX, Start, count_damaged, read_starts
from scripts.report.overhead import Overhead, measure_overhead
from scripts.report.schedule import find_critical_path, schedule
from scripts.report.timings import JobTime, RuleTime, read_jobs, sum_rules
from scripts.study.job_graph import JOB_GRAPH, JobGraph, read_job_graph


@dataclass(frozen=True)
class RunTimes:
    """The jobs that were measured, by name, and the graph of all jobs of the study, if known.

    `others` counts measured jobs that are not in the graph: an earlier study's. `open_starts` are
    of scripts that noted no end: at work, failed or killed; `starts` are all of every job. Of the
    jobs `damaged` not all starts can be read.
    """

    jobs: Mapping[str, JobTime]
    graph: JobGraph | None
    others: int
    overhead: Overhead | None
    open_starts: Mapping[str, Start]
    starts: Mapping[str, list[Start]]
    damaged: tuple[str, ...] = ()

    @cached_property
    def rules(self) -> list[RuleTime]:
        """The jobs summed by rule, slowest rule first."""
        return sum_rules(self.jobs.values())

    @cached_property
    def seconds(self) -> dict[str, float]:
        """The wall-clock seconds of each job."""
        return {name: job.seconds for name, job in self.jobs.items()}

    @cached_property
    def critical_path(self) -> list[JobTime]:
        """The longest chain of jobs that wait for each other; empty where the graph is unknown."""
        if not self.graph:
            return []
        return [self.jobs[name] for name in find_critical_path(self.graph.jobs, self.seconds)]

    def schedule(self, cores: int) -> float | None:
        """Return the seconds of all jobs on so many cores, None where the graph is unknown."""
        return schedule(self.graph.jobs, self.seconds, cores) if self.graph else None


def read_run_times(timings: Path | None, logs: Path | None) -> RunTimes:
    """Read what a study has left in ``results/timings`` and ``results/logs``.

    Raises:
        InputError: a file is not what its name says. A torn one counts as missing.
    """
    graph = read_job_graph(timings / Path(JOB_GRAPH).name) if timings else None
    found = {job.name: job for job in read_jobs(timings, logs)} if timings else {}
    jobs = {name: job for name, job in found.items() if not graph or name in graph.jobs}
    starts = read_all_starts(logs) if logs else {}
    every = [start for several in starts.values() for start in several]
    return RunTimes(
        jobs=jobs,
        graph=graph,
        others=len(found) - len(jobs),
        overhead=measure_overhead(graph.started, every) if graph else None,
        open_starts={
            name: last[-1] for name, last in starts.items() if last and last[-1].ended is None
        },
        starts=starts,
        damaged=tuple(find_damaged(logs)) if logs else (),
    )


def read_all_starts(logs: Path) -> dict[str, list[Start]]:
    """Return the starts of every job that noted any."""
    return {name: read_starts(path) for name, path in find_files(logs).items()}


def find_damaged(logs: Path) -> list[str]:
    """Return the jobs of whose starts lines are damaged."""
    return [name for name, path in find_files(logs).items() if count_damaged(path)]


def find_files(logs: Path) -> dict[str, Path]:
    """Return where the starts of every job are that noted any."""
    paths = sorted(logs.rglob("*" + SUFFIX))
    return {path.relative_to(logs).as_posix().removesuffix(SUFFIX): path for path in paths}
