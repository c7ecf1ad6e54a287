"""A workflow's graph of jobs, for ``results/timings/jobs.json`` (scripts/study/job_graph.py)."""

import time
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, Protocol

from scripts.study.job_graph import Job, JobGraph


class Planned(Protocol):
    """What a workflow knows of a job before it runs."""

    benchmark: Any
    threads: Any
    input: Any
    output: Any


def link_jobs(planned: Iterable[Planned], cores: int | None) -> JobGraph:
    """Return the jobs that have a benchmark file, each after those that make its inputs."""
    timed = {name_job(job): job for job in planned if job.benchmark}
    makers = {str(path): name for name, job in timed.items() for path in job.output}
    jobs = {}
    for name, job in timed.items():
        after = dict.fromkeys(makers[str(path)] for path in job.input if str(path) in makers)
        jobs[name] = Job(int(job.threads), tuple(after))
    return JobGraph(time.time(), cores, jobs)


def name_job(job: Planned) -> str:
    """Return ``<rule>/<job>`` of ``results/timings/<rule>/<job>.tsv``."""
    return PurePath(str(job.benchmark)).relative_to("results/timings").with_suffix("").as_posix()
