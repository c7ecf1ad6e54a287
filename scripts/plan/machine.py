"""Facts of the machine that a workflow runs on. None of them changes a result."""

import os
from dataclasses import dataclass

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

    @property
    def shared(self) -> dict[str, int]:
        """Return resources that jobs share: no two train on one GPU, and all fit into memory."""
        if self.on_cluster:
            return {}
        return {"mem_mb": self.memory_mib} | ({"gpu": self.gpus} if self.gpus else {})


def inspect_machine(on_cluster: bool, deploys: bool, cores: int | None = None) -> Machine:
    """Return the facts of this machine, of which jobs may use so many cores; None: all."""
    cores = cores or os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return Machine(on_cluster, deploys, cores, count_gpus(), memory)
