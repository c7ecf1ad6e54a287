"""Facts of the machine that a workflow runs on. None of them changes a result."""

import os
from dataclasses import dataclass
from typing import Any

from scripts.common.errors import InputError
from scripts.common.processor import count_gpus


@dataclass(frozen=True)
class Machine:
    """Whether jobs go to a cluster, whether Snakemake deploys environments, and what jobs share.

    Where jobs go to a cluster, `cores`, `gpus` and `memory_mib` are those of the head node.
    """

    on_cluster: bool
    deploys: bool
    cores: int
    gpus: int
    memory_mib: int

    def limit_cores(self, asked: int | None) -> int | None:
        """Return how many cores all jobs may use together; None is no bound.

        `snakemake all` without --cores takes all of this machine's. A cluster's profile names
        `jobs` instead and is left alone: cores would cap every job at the head node's count.
        """
        return self.cores if asked is None and not self.on_cluster else asked

    def check_cores(self) -> None:
        """Raise `InputError` where there is no core for a job: Snakemake would wait for ever."""
        if self.cores < 1:
            raise InputError(f"--cores: found {self.cores}, expected 'all' or a number from 1 on")

    @property
    def shared(self) -> dict[str, int]:
        """Return resources that jobs share: no two train on one GPU, and all fit into memory."""
        if self.on_cluster:
            return {}
        return {"mem_mb": self.memory_mib} | ({"gpu": self.gpus} if self.gpus else {})


def leaves_machine(settings: Any) -> bool:
    """Tell by Snakemake's resource settings whether jobs go to a cluster.

    ``--jobs`` alone does not say so: a dry run or one with ``--cores`` may have it, too. Jobs that
    leave this machine have default resources, of a profile or else Snakemake's own.
    """
    return settings.nodes is not None and settings.default_resources is not None


def inspect_machine(on_cluster: bool, deploys: bool, cores: int | None = None) -> Machine:
    """Return the facts of this machine, of which jobs may use so many cores; None: all."""
    cores = (os.cpu_count() or 1) if cores is None else cores
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return Machine(on_cluster, deploys, cores, count_gpus(), memory)
