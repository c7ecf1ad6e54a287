"""A workflow's graph of jobs, for ``results/timings/jobs.json`` (scripts/study/job_graph.py)."""

import time
from collections.abc import Container, Iterable, Iterator
from pathlib import PurePath
from typing import Any, Protocol

from scripts.study.job_graph import Job, JobGraph


class Planned(Protocol):
    """What a workflow knows of a job before it runs."""

    benchmark: Any
    threads: Any
    resources: Any
    input: Any
    output: Any


def link_jobs(
    planned: Iterable[Planned], cores: int | None, models: Container[str] = ()
) -> JobGraph:
    """Return the jobs that have a benchmark file, each after those that make its inputs.

    Args:
        models: whose scores are told of.
    """
    timed = {name_job(job): job for job in planned if job.benchmark}
    makers = {str(path): name for name, job in timed.items() for path in job.output}
    jobs = {}
    for name, job in timed.items():
        after = dict.fromkeys(makers[str(path)] for path in job.input if str(path) in makers)
        has = dict(job.resources.items())
        nodes = int(has.get("nodes") or 1)
        gpus = int(has.get("gpu") or 0) * nodes
        scores = tuple(name_scores(job.output, models))
        jobs[name] = Job(int(job.threads), tuple(after), nodes, gpus, scores)
    return JobGraph(time.time(), cores, jobs)


def name_job(job: Planned) -> str:
    """Return ``<rule>/<job>`` of ``results/timings/<rule>/<job>.tsv``."""
    return PurePath(str(job.benchmark)).relative_to("results/timings").with_suffix("").as_posix()


def name_scores(outputs: Iterable[Any], models: Container[str]) -> Iterator[str]:
    """Yield ``<model>/<benchmark>.<metric>`` of each ``results/<model>/<benchmark>.<metric>``."""
    for output in outputs:
        parts = PurePath(str(output)).parts
        if len(parts) == 3 and parts[0] == "results" and parts[1] in models:
            yield f"{parts[1]}/{parts[2]}"
