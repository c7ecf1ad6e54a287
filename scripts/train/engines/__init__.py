"""What carries out a training step: on one device, or shared by DDP, FSDP or DeepSpeed.

An engine is a module here, by the name that `run.engine` gives it (scripts/study/run.py has the
names), whose `ENGINE` is a class with the methods of `Engine`. `engines.single.Single` is the one
that the others are measured against. A module is imported when it is asked for, and a library that
takes seconds to load, as DeepSpeed does, when its engine is opened.
"""

from importlib import import_module
from pathlib import Path
from typing import Protocol

import torch
from torch import nn

from scripts.study.recipe import Optimization
from scripts.study.run import Run
from scripts.train.processes import Processes


class Engine(Protocol):
    """What the training loop needs of an engine."""

    reshards: (
        bool  # its checkpoints have one form, for any engine and number of processes that does
    )

    def __init__(
        self, module: nn.Module, recipe: Optimization, run: Run, processes: Processes
    ) -> None: ...

    def loss(self, rows: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the summed loss of a micro-batch in nats, a scalar; forward pass only."""

    def backward(self, loss: torch.Tensor, last: bool) -> None:
        """Add the gradient of a micro-batch's share of the global loss.

        `last` says that it completes the global batch.
        """

    def step(self, rate: float) -> float:
        """Clip, update at a learning rate; return the gradient norm before clipping."""

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the trained weights by name, whole and in float32, on the first process."""

    def save(self, folder: Path) -> None:
        """Write weights and optimizer, each process its part."""

    def load(self, folder: Path) -> None:
        """Restore what `save` wrote."""


def find_engine(name: str) -> type[Engine]:
    """Return the engine of a name."""
    engine: type[Engine] = import_module(f"{__name__}.{name}").ENGINE
    return engine


def open_engine(module: nn.Module, recipe: Optimization, run: Run, processes: Processes) -> Engine:
    """Return the run's engine around a `PackedLoss`."""
    # DDP needs a process group, and alone it would have nothing to average.
    name = "single" if run.engine == "ddp" and processes.size == 1 else run.engine
    return find_engine(name)(module, recipe, run, processes)
