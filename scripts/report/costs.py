"""What jobs cost: time, processors and GPUs held, memory, waiting in a queue, energy.

A job's cost is that of all its starts: also those that were killed, preempted or failed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scripts.common.job_times import Start
from scripts.report.run_times import RunTimes
from scripts.report.timings import JobTime
from scripts.study.job_graph import Job

HOUR = 3600.0
NOT_RECORDED = "not recorded"
Wait = tuple[str | None, float]  # a submission: its job's number, and when Slurm got it


@dataclass(frozen=True)
class Cost:
    """Seconds of the clock, seconds of processors and GPUs held, processor seconds used, MiB.

    `used` is of starts that tell it, which held `watched` seconds of processors. `waits` are
    seconds in a queue by submission, which jobs may share. `missing` counts jobs by the reason why
    a part of their energy is unknown.
    """

    jobs: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    gpu_seconds: float = 0.0
    used: float = 0.0
    watched: float = 0.0
    memory: float = 0.0
    waits: Mapping[Wait, float] = field(default_factory=dict)
    joules: float = 0.0
    measured: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)

    @property
    def queued(self) -> float:
        """Return the seconds in a queue, of each submission once."""
        return sum(self.waits.values())


def read_costs(run: RunTimes) -> dict[str, Cost]:
    """Return the cost of every job that has run, by name."""
    graph = run.graph.jobs if run.graph else {}
    names = dict.fromkeys([*run.jobs, *run.starts])
    found = {
        name: cost_of(run.starts.get(name, []), run.jobs.get(name), graph.get(name))
        for name in names
        if not graph or name in graph
    }
    return {name: cost for name, cost in found.items() if cost}


def cost_of(starts: Sequence[Start], time: JobTime | None, job: Job | None) -> Cost | None:
    """Return a job's cost, None where nothing of it was measured.

    Args:
        time: Snakemake's measurement of its last start, if that has ended.
        job: what the graph of jobs says of it; what it asked for when it started comes first.
    """
    if not starts:
        if time is None:
            return None
        held = job or Job(1, ())
        return Cost(
            jobs=1,
            seconds=time.seconds,
            cpu_seconds=held.cpus * time.seconds,
            gpu_seconds=held.gpus * time.seconds,
            used=time.cpu_seconds,
            watched=held.cpus * time.seconds,
            memory=time.memory,
            missing={NOT_RECORDED: 1},
        )
    several = [cost_of_start(start, time if start is starts[-1] else None, job) for start in starts]
    cost = add(several)
    # One job, however often it was started.
    return Cost(**{**vars(cost), "jobs": 1, "missing": dict.fromkeys(cost.missing, 1)})


def cost_of_start(start: Start, time: JobTime | None, job: Job | None) -> Cost:
    """Return the cost of one start; Snakemake's measurement of it has what its shell took, too."""
    ended = time if start.ended is not None else None
    seconds = max(start.seconds, ended.seconds if ended else 0.0)
    used = start.cpu if start.cpu is not None or not ended else ended.cpu_seconds
    cpus = start.cpus if start.cpus is not None else (job.cpus if job else 1)
    gpus = start.gpus if start.gpus is not None else (job.gpus if job else 0)
    joules = [told for told in start.energy.values() if not isinstance(told, str)]
    problems = [told for told in start.energy.values() if isinstance(told, str)]
    return Cost(
        jobs=1,
        seconds=seconds,
        cpu_seconds=cpus * seconds,
        gpu_seconds=gpus * seconds,
        used=used or 0.0,
        watched=0.0 if used is None else cpus * seconds,
        memory=max(start.memory or 0.0, ended.memory if ended and not start.memory else 0.0),
        waits=waits_of(start),
        joules=sum(joules),
        measured=bool(joules),
        missing=dict.fromkeys(problems if start.energy else [NOT_RECORDED], 1),
    )


def waits_of(start: Start) -> dict[Wait, float]:
    """Return how long a start's submission was queued, if Slurm has told."""
    if start.queued is None:
        return {}
    submitted, began = start.queued
    return {(start.slurm, submitted): began - submitted}


def add(costs: Iterable[Cost]) -> Cost:
    """Return the cost of several jobs; a submission that they share is queued once."""
    several = list(costs)
    waits: dict[Wait, float] = {}
    missing: Counter[str] = Counter()
    for cost in several:
        waits.update(cost.waits)
        missing.update(cost.missing)
    return Cost(
        jobs=sum(cost.jobs for cost in several),
        seconds=sum(cost.seconds for cost in several),
        cpu_seconds=sum(cost.cpu_seconds for cost in several),
        gpu_seconds=sum(cost.gpu_seconds for cost in several),
        used=sum(cost.used for cost in several),
        watched=sum(cost.watched for cost in several),
        memory=max((cost.memory for cost in several), default=0.0),
        waits=waits,
        joules=sum(cost.joules for cost in several),
        measured=sum(cost.measured for cost in several),
        missing=missing,
    )


def sum_by_rule(costs: Mapping[str, Cost]) -> dict[str, Cost]:
    """Return the cost of each rule, that which takes longest first."""
    rules: dict[str, list[Cost]] = {}
    for name, cost in costs.items():
        rules.setdefault(name.partition("/")[0], []).append(cost)
    found = {rule: add(several) for rule, several in rules.items()}
    return dict(sorted(found.items(), key=lambda named: -named[1].seconds))
