"""What a run on a cluster is going to ask for, told before anything is submitted.

    plan of smollm2-zh: 94 jobs
      here       13 jobs
      cpu        31 jobs in 12 submissions, at most 18 CPU hours
      gpu        50 jobs in 22 submissions, at most 40 GPU hours
      in a row   at most 11 h 20 min: build_corpus, …, train_model, answer_benchmarks
      disk       about 12 GiB of models, as much again while they train

Hours are those asked for, which jobs seldom need.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from scripts.common.errors import InputError
from scripts.convert.model_shape import count_weights
from scripts.plan import cluster
from scripts.plan.model_sizes import model_shape
from scripts.study.study import Study

GIB = 2**30
HERE = "here"
SHOWN = 6  # rules of the longest chain


@dataclass(frozen=True)
class Asked:
    """What a job asks for: its rule, its kind, minutes, CPUs and GPUs; jobs of a `group` share."""

    rule: str
    kind: str
    minutes: int
    cpus: int
    gpus: int
    group: int | None = None

    @property
    def hours(self) -> float:
        """Return the hours of the GPUs, or of the CPUs where there are none."""
        return self.minutes / 60 * (self.gpus or self.cpus)


def asked_by(job: Any, dag: Any, study: Study, is_here: bool) -> Asked:
    """Return what a job of a workflow's graph asks for, of Slurm unless it runs here."""
    has = dict(job.resources.items())
    kind = HERE if is_here else cluster.kind_of(job.rule.name, study)
    group = dag.get_job_group(job)
    gpus = int(has.get("gpu") or 0) * int(has.get("nodes") or 1)
    minutes = 0 if is_here else int(has.get("runtime") or 0)
    return Asked(job.rule.name, kind, minutes, int(job.threads), gpus, id(group) if group else None)


def describe_plan(dag: Any, study: Study, runs_here: Callable[[Any], bool]) -> str:
    """Return the lines that say what a workflow will do on a cluster.

    Args:
        runs_here: tells whether a job runs where Snakemake does.
    """
    wanted = [job for job in dag.needrun_jobs() if not job.is_norun]
    jobs = {job: asked_by(job, dag, study, runs_here(job)) for job in wanted}
    after = {job: [one for one in dag.job_dependencies(job) if one in jobs] for job in jobs}
    lines = [f"plan of {study.name}: {len(jobs)} job{'s' * (len(jobs) != 1)}"]
    lines += [f"  {kind:10} {text}" for kind, text in describe_kinds(jobs.values())]
    chain = longest_chain(jobs, after)
    if minutes := sum(one.minutes for one in chain):
        lines.append(f"  {'in a row':10} at most {write_time(minutes)}: {name_rules(chain)}")
    if room := model_bytes(study, {str(one) for job in jobs for one in job.output}):
        lines.append(
            f"  {'disk':10} about {write_size(room)} of models; checkpoints take three times a "
            "model's while it trains"
        )
    return "\n".join(lines)


def describe_kinds(asked: Iterable[Asked]) -> Iterable[tuple[str, str]]:
    """Yield each kind of job, and how many there are, in how many submissions, for how long."""
    jobs = list(asked)
    for kind in (HERE, "download", "tiny", "cpu", "gpu"):
        some = [one for one in jobs if one.kind == kind]
        if not some:
            continue
        text = f"{len(some)} job{'s' * (len(some) != 1)}"
        if kind != HERE:
            groups = {one.group for one in some if one.group is not None}
            count = len(groups) + sum(one.group is None for one in some)
            text += f" in {count} submission{'s' * (count != 1)}"
            gpu = [one for one in some if one.gpus]
            hours = [write_hours((one for one in some if not one.gpus), "CPU")]
            hours = hours if len(gpu) < len(some) else []
            hours += [write_hours(gpu, "GPU")] if gpu else []
            text += f", at most {' and '.join(hours)}"
        yield kind, text


def write_hours(asked: Iterable[Asked], device: str) -> str:
    """Return the hours that jobs ask for together, rounded up, as ``40 GPU hours``."""
    hours = ceil(sum(one.hours for one in asked))
    return f"{hours:,} {device} hour{'s' * (hours != 1)}"


def longest_chain(jobs: Mapping[Any, Asked], after: Mapping[Any, Iterable[Any]]) -> list[Asked]:
    """Return the jobs, one behind the other, that ask for the most time together.

    Args:
        after: of each job those that it waits for.
    """
    best: dict[Any, tuple[int, Any]] = {}
    for job in in_order(after):
        before = max(after[job], key=lambda one: best[one][0], default=None)
        minutes = jobs[job].minutes + (best[before][0] if before is not None else 0)
        best[job] = (minutes, before)
    last = max(best, key=lambda one: best[one][0], default=None)
    chain: list[Asked] = []
    while last is not None:
        chain.append(jobs[last])
        last = best[last][1]
    return chain[::-1]


def in_order(after: Mapping[Any, Iterable[Any]]) -> list[Any]:
    """Return jobs so that each is behind those that it waits for."""
    ordered: dict[Any, None] = {}
    for job in after:
        waiting = [job]
        while waiting:
            one = waiting[-1]
            left = [other for other in after[one] if other not in ordered]
            if left and one not in ordered:
                waiting.extend(left)
            else:
                ordered.setdefault(waiting.pop())
    return list(ordered)


def name_rules(chain: Iterable[Asked]) -> str:
    """Return the rules of a chain that take time, the shortest left out where there are many."""
    timed = [one for one in chain if one.minutes]
    longest = sorted(timed, key=lambda one: -one.minutes)[:SHOWN]
    names = [one.rule for one in timed if one in longest][:SHOWN]
    more = len(timed) - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def write_time(minutes: int) -> str:
    """Return minutes as ``11 h 20 min``."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def write_size(count: int) -> str:
    """Return bytes as ``12.3 GiB`` or, where that is less than a tenth, as ``3 MiB``."""
    return f"{count / GIB:.1f} GiB" if count >= GIB / 10 else f"{ceil(count / 2**20)} MiB"


def model_bytes(study: Study, outputs: Iterable[str]) -> int:
    """Return the bytes of the models that are going to be written, in float32; 0: unknown."""
    made = {path.split("/")[2] for path in outputs if path.endswith("/stage.json")}
    try:
        return sum(
            4 * count_weights(model_shape(study, name)).total
            for name in made
            if name in study.models
        )
    except InputError:
        return 0
