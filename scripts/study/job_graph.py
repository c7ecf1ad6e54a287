"""``results/timings/jobs.json``: a workflow's jobs, what each waits for, and the cores it had.

The workflow writes it when it starts its jobs. It is no rule's input: with the benchmark files
beside it, it tells where the time of the last run went. A job is named as its benchmark file,
``<rule>/<job>``. Its form::

    {
      "started": 1764367402.1,                                     # seconds since the epoch
      "cores": 2,                                                  # of all jobs; null: a cluster
      "jobs": {"train_model/billa-zh": {"threads": 2, "after": ["pack_examples/billa-zh"], …}, …}
    }

A job may have `nodes` (with so many threads each), `gpus` (of all nodes together), and `scores`,
those of the study's models that it makes, each as ``billa-zh/ui_en-zh.bleu``.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import read_json, write_json
from scripts.study.validate import check_form

JOB_GRAPH = "results/timings/jobs.json"
REPORT = "write_report/report"
JOB = {
    "type": "object",
    "required": ["threads", "after"],
    "properties": {
        "threads": {"type": "integer", "minimum": 1},
        "after": {"type": "array", "items": {"type": "string"}},
        "nodes": {"type": "integer", "minimum": 1},
        "gpus": {"type": "integer", "minimum": 0},
        "scores": {"type": "array", "items": {"type": "string"}},
    },
}
FORM = {
    "type": "object",
    "required": ["started", "cores", "jobs"],
    "properties": {
        "started": {"type": "number"},
        "cores": {"type": ["integer", "null"]},
        "jobs": {"type": "object", "additionalProperties": JOB},
    },
}


@dataclass(frozen=True)
class Job:
    """The threads that a job has on each node, the jobs that it waits for, GPUs and scores."""

    threads: int
    after: tuple[str, ...]
    nodes: int = 1
    gpus: int = 0
    scores: tuple[str, ...] = ()

    @property
    def cpus(self) -> int:
        """Return the threads on all nodes."""
        return self.threads * self.nodes


@dataclass(frozen=True)
class JobGraph:
    """The jobs of a workflow by name; `started`: when (seconds since the epoch) it started them."""

    started: float
    cores: int | None
    jobs: Mapping[str, Job]


def write_job_graph(graph: JobGraph, path: str | Path = JOB_GRAPH) -> None:
    """Write the file, atomically.

    A run that does not make the report makes a part of a study: its jobs are added to those that
    are there.
    """
    path = Path(path)
    known = None if REPORT in graph.jobs else read_known(path)
    jobs = {**(known.jobs if known else {}), **graph.jobs}
    facts = {name: write_job(job) for name, job in jobs.items()}
    write_json(path, {"started": graph.started, "cores": graph.cores, "jobs": facts})


def write_job(job: Job) -> dict[str, Any]:
    """Return a job as the file has it; what is usual is left out."""
    facts = asdict(job)
    usual = {"nodes": 1, "gpus": 0, "scores": ()}
    return {name: told for name, told in facts.items() if told != usual.get(name)}


def read_job(facts: Mapping[str, Any]) -> Job:
    """Return a job of the file."""
    return Job(
        facts["threads"],
        tuple(facts["after"]),
        facts.get("nodes", 1),
        facts.get("gpus", 0),
        tuple(facts.get("scores", ())),
    )


def read_known(path: Path) -> JobGraph | None:
    """Read the file if it can be read: no run ends because of what an earlier one left."""
    try:
        return read_job_graph(path)
    except InputError:
        return None


def read_job_graph(path: Path) -> JobGraph | None:
    """Read the file, None where there is none; `InputError` in one line if it has another form."""
    if not path.is_file():
        return None
    facts = read_json(path, "what the workflow writes when it starts its jobs")
    check_form(facts, FORM, str(path))
    jobs = {name: read_job(job) for name, job in facts["jobs"].items()}
    unknown = {other for job in jobs.values() for other in job.after} - jobs.keys()
    if unknown:
        raise InputError(f"{path}: jobs: found none named {min(unknown)!r}, which others wait for")
    return JobGraph(facts["started"], facts["cores"], jobs)
