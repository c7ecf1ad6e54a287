"""Giving rules what their jobs ask of a cluster, and refusing what it can never grant."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from snakemake.resources import Resource, Resources

from scripts.cluster.offers import Partition, read_partitions
from scripts.cluster.requests import Request, refuse
from scripts.cluster.trial import refused_by_slurm
from scripts.common.errors import InputError
from scripts.common.escapes import error_line
from scripts.environments.variables import is_dry_run
from scripts.plan import cluster
from scripts.plan.cluster_groups import group_of
from scripts.plan.start import one_line
from scripts.study.site import Site, read_site
from scripts.study.study import Study

# Metrics by neural networks, which the study's devices are not for: one GPU where there is one.
NEURAL = ("score_neural", "score_benchmarks_neural")


@dataclass(frozen=True)
class Cluster:
    """A study's cluster: what its site says of it, and its partitions."""

    study: Study
    site: Site
    partitions: Mapping[str, Partition]

    def place(self, rule: str) -> Partition | None:
        """Return the partition of a rule's jobs."""
        return cluster.place_of(rule, self.study, self.site, self.partitions)

    def dress(self, workflow: Any) -> None:
        """Give each rule of a workflow what its jobs ask for, and let those that are local be so.

        Resources that the command line or a profile sets for a rule stay.
        """
        rules, given = list(workflow.rules), workflow.resource_settings.overwrite_resources
        names = [rule.name for rule in rules]
        local = [name for name in names if cluster.is_local(name, self.study, self.site)]
        with one_line():
            self.site.check_rules(names, [*local, *(rule.name for rule in rules if rule.norun)])
        workflow.localrules(*local)
        for name, amount in cluster.largest_node(self.place("build_corpus")).items():
            workflow.global_resources[name] = amount
        for rule in rules:
            rule.group = group_of(rule.name, self.site.resources)
            asked = self.ask(rule)
            kept = given.get(rule.name, {})
            if "_cores" in asked:
                rule.resources["_cores"] = asked.pop("_cores")
            rule.resources.update(
                Resources.from_mapping(
                    {name: value for name, value in asked.items() if name not in kept}
                )
            )

    def ask(self, rule: Any) -> dict[str, Any]:
        """Return what a rule's jobs ask for, beside what it says itself."""
        name, site, place = rule.name, self.site, self.place(rule.name)
        own = site.resources.get(name, {})
        has = dict(rule.resources.items())
        threads, gpus = has["_cores"].value, own.get("gpu", self.gpus(name, has))
        asked = {
            "slurm_partition": cluster.partition_of(name, self.study, site),
            "slurm_account": site.account,
            "qos": site.qos,
            "constraint": own.get("constraint", site.constraint),
            "gpu": gpus or None,
            "gpu_model": site.gpu_type if gpus else None,
            "slurm_extra": self.node_gpus(name),
            "_cores": own.get("threads") or cluster.limited_threads(threads, place),
            "runtime": own.get("runtime") or self.time(name, place),
            "mem_mb": self.memory(own.get("mem_mb", has["mem_mb"]), place),
        }
        return {key: value for key, value in asked.items() if value is not None}

    def gpus(self, rule: str, has: Mapping[str, Any]) -> int:
        """Return how many GPUs a rule's jobs ask for."""
        if rule in NEURAL and self.study.run.device != "cpu":
            place = self.place(rule)
            return int(any(node.has_gpus(1, None) for node in place.nodes)) if place else 0
        return int(has["gpu"].value or 0) if "gpu" in has else 0

    def node_gpus(self, rule: str) -> str | None:
        """Return Slurm's option for the GPUs of several nodes, of the site's type."""
        kind, run = self.site.gpu_type, self.study.run
        if rule != "train_model" or kind is None or run.nodes == 1 or run.device == "cpu":
            return None
        return f"--gpus-per-node={kind}:{run.devices}"

    def time(self, rule: str, place: Partition | None) -> Callable[[Any], int]:
        """Return the minutes of a rule's jobs, by their wildcards."""

        def minutes(wildcards: Any) -> int:
            wanted = cluster.wanted_minutes(self.study, rule, wildcards.get("model"))
            return cluster.limited_minutes(rule, wanted, place)

        return minutes

    def memory(self, said: Resource | int, place: Partition | None) -> Callable[[Any, int], int]:
        """Return the memory of a rule's jobs, by wildcards and attempt."""

        def mebibytes(wildcards: Any, attempt: int) -> int:
            found = said
            if isinstance(said, Resource):
                found = said.evaluate(wildcards, attempt=attempt).value
            return cluster.grown_memory(int(found), attempt, place)

        return mebibytes

    def runs_here(self, job: Any) -> bool:
        """Tell whether a job runs where Snakemake does; of a dry run's it says so of all."""
        rule = job.rule
        return rule.group is None and cluster.is_local(rule.name, self.study, self.site)

    def check(self, jobs: Iterable[Any]) -> None:
        """End the process with one line where Slurm will never run one of the jobs."""
        seen = set()
        for job in jobs:
            if job.is_norun or self.runs_here(job):
                continue
            found = request_of(job)
            if found in seen:
                continue
            seen.add(found)
            if problem := refuse(found, self.partitions) or refused_by_slurm(found):
                raise SystemExit(error_line(problem))


def open_cluster(study: Study, command: Sequence[str]) -> Cluster:
    """Return the cluster that this machine gives jobs to; a mistake ends the process.

    A dry run, of which `command` tells, is possible where there is no Slurm, or it does not answer.
    """
    with one_line():
        site = read_site()
        try:
            return Cluster(study, site, read_partitions())
        except InputError as error:
            if not is_dry_run(command):
                raise
            tell(f"{error}; this plan knows no limits of a cluster")
            return Cluster(study, site, {})


def tell(text: str) -> None:
    """Print to the terminal, beside what Snakemake prints."""
    print(text, file=sys.stderr, flush=True)


def tell_error(text: str) -> None:
    """Print what ends a run, as other mistakes are."""
    tell(error_line(text))


def request_of(job: Any) -> Request:
    """Return what a job asks for."""
    has = dict(job.resources.items())
    return Request(
        rule=job.name,
        partition=has.get("slurm_partition"),
        minutes=has.get("runtime"),
        memory_mib=has.get("mem_mb") or 0,
        cpus=job.threads,
        gpus=has.get("gpu") or 0,
        gpu_type=has.get("gpu_model"),
        nodes=has.get("nodes") or 1,
        constraint=has.get("constraint"),
        account=has.get("slurm_account"),
        qos=has.get("qos"),
    )
