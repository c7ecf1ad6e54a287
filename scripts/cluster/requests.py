"""What a job asks of a cluster, and whether any node of its partition can ever grant it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scripts.cluster.offers import Node, Partition
from scripts.common.errors import nearest

SITE = "slurm/site.yaml"


@dataclass(frozen=True)
class Request:
    """What jobs of a rule ask for, on each of `nodes` nodes.

    `partition` is None where they name none, `minutes` where they set no limit; `gpu_type` and
    `constraint` where any will do, `account` and `qos` where they have the user's own.
    """

    rule: str
    partition: str | None = None
    minutes: int | None = None
    memory_mib: int = 0
    cpus: int = 1
    gpus: int = 0
    gpu_type: str | None = None
    nodes: int = 1
    constraint: str | None = None
    account: str | None = None
    qos: str | None = None


def refuse(request: Request, partitions: Mapping[str, Partition]) -> str | None:
    """Return why no node will ever run such a job, and what to change; None where one may."""
    rule, name = request.rule, request.partition
    if name is None:
        place = next((one for one in partitions.values() if one.is_default), None)
        if place is None:
            return f"{rule}: the cluster has no default partition; {SITE}: name `partitions`"
    elif name not in partitions:
        return f"{rule}: no partition {name!r}; {SITE}: partitions{nearest(name, partitions)}"
    else:
        place = partitions[name]
    if not place.is_up:
        return f"{rule}: partition {place.name} is not up; {SITE}: name another in `partitions`"
    if place.minutes is not None and (request.minutes or 0) > place.minutes:
        return (
            f"{rule}: asks for {request.minutes:,} minutes, partition {place.name} allows "
            f"{place.minutes:,}; {SITE}: resources.{rule}.runtime, or another of `partitions`"
        )
    return refuse_size(request, place)


def refuse_size(request: Request, place: Partition) -> str | None:
    """Return which of the things asked for too few nodes of a partition have."""
    rule, asked = request.rule, request
    kind = f" of type {asked.gpu_type}" if asked.gpu_type else ""
    wanted: list[tuple[Callable[[Node], bool], str, str]] = [
        (
            lambda node: asked.constraint is None or fits(node, asked.constraint),
            f"nodes with the feature {asked.constraint!r}",
            "constraint",
        ),
        (
            lambda node: node.has_gpus(asked.gpus, asked.gpu_type),
            f"{asked.gpus} GPUs{kind}",
            f"resources.{rule}.gpu, or `devices` of the study's `run`",
        ),
        (
            lambda node: node.cpus >= asked.cpus,
            f"{asked.cpus} CPUs",
            f"resources.{rule}.threads",
        ),
        (
            lambda node: node.memory_mib >= asked.memory_mib,
            f"{asked.memory_mib:,} MiB of memory",
            f"resources.{rule}.mem_mb",
        ),
    ]
    nodes = list(place.nodes)
    for test, what, key in wanted:
        left = [node for node in nodes if test(node)]
        if len(left) < asked.nodes:
            count = "one node" if asked.nodes == 1 else f"{asked.nodes} nodes"
            return (
                f"{rule}: asks for {what} on {count}, partition {place.name} has "
                f"{describe(len(left), nodes)}; {SITE}: {key}, or another of `partitions`"
            )
        nodes = left
    return None


def fits(node: Node, constraint: str) -> bool:
    """Tell whether a node can have a constraint: one feature; more than one is Slurm's to say."""
    return constraint in node.features or any(mark in constraint for mark in "&|[]*()")


def describe(count: int, nodes: list[Node]) -> str:
    """Return how many nodes have it, and the largest of those that there are."""
    if count:
        return f"only {count} of them"
    if not nodes:
        return "none"
    cpus, memory = max(one.cpus for one in nodes), max(one.memory_mib for one in nodes)
    gpus = max(sum(one.gpus.values()) for one in nodes)
    return f"none (its largest: {cpus} CPUs, {memory:,} MiB, {gpus} GPUs)"
