"""Facts of the machine that a workflow runs on. None of them changes a result."""

import os
from dataclasses import dataclass

from scripts.train.devices import count_gpus


@dataclass(frozen=True)
class Machine:
    """Whether jobs go to a cluster, whether conda makes environments, and this machine's devices.

    Where jobs go to a cluster, `cores` and `gpus` are those of the head node.
    """

    on_cluster: bool
    with_conda: bool
    cores: int
    gpus: int

    def limit_cores(self, asked: int | None) -> int | None:
        """Return how many cores all jobs may use together; None is no bound.

        `snakemake all` without --cores takes all of this machine's. A cluster's profile names
        `jobs` instead and is left alone: cores would cap every job at the head node's count.
        """
        return self.cores if asked is None and not self.on_cluster else asked

    @property
    def shared(self) -> dict[str, int]:
        """Return resources that jobs share: training jobs never use one GPU at the same time."""
        return {"gpu": self.gpus} if self.gpus and not self.on_cluster else {}


def inspect_machine(on_cluster: bool, with_conda: bool) -> Machine:
    """Return the facts of this machine."""
    return Machine(on_cluster, with_conda, os.cpu_count() or 1, count_gpus())
