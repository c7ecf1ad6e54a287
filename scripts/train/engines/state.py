"""Weights and optimizer on disk in PyTorch's distributed form, for any number of processes."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_state_dict, set_state_dict

from scripts.train.processes import Processes


def save_state(
    folder: Path,
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    processes: Processes,
) -> None:
    """Write the state; every process writes the shards it holds.

    Raises:
        OSError: if a process cannot write, for lack of space for one.
    """
    with quiet(), plain_errors():
        dcp.save(collect(module, optimizer, scaler), checkpoint_id=folder, no_dist=alone(processes))


def load_state(
    folder: Path,
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    processes: Processes,
) -> None:
    """Restore the state that any number of processes wrote."""
    with quiet(), plain_errors():
        state = collect(module, optimizer, scaler)
        dcp.load(state, checkpoint_id=folder, no_dist=alone(processes))
        set_state_dict(
            module,
            optimizer,
            model_state_dict=state["model"],
            optim_state_dict=state["optimizer"],
            # Frozen weights are missing; that no other one is, loading has checked.
            options=StateDictOptions(strict=False),
        )
        scaler.load_state_dict(state["scaler"])


def collect(
    module: nn.Module, optimizer: torch.optim.Optimizer, scaler: torch.amp.GradScaler
) -> dict[str, Any]:
    """Return the state under names that no wrapper changes; frozen weights are the parent's."""
    weights, moments = get_state_dict(module, optimizer)
    named = inner(module).named_parameters(remove_duplicate=False)
    frozen = {name for name, weight in named if not weight.requires_grad}
    weights = {name: weight for name, weight in weights.items() if name not in frozen}
    return {"model": weights, "optimizer": moments, "scaler": scaler.state_dict()}


def inner(module: nn.Module) -> nn.Module:
    """Return the module inside DDP's or DeepSpeed's wrapper."""
    return getattr(module, "module", module)


def alone(processes: Processes) -> bool:
    """Tell whether this process writes and reads everything itself."""
    return processes.size == 1


@contextmanager
def plain_errors() -> Iterator[None]:
    """Raise the first process's own error; PyTorch wraps it in one that is no `Exception`."""
    try:
        yield
    except CheckpointException as error:
        cause, _ = next(iter(error.failures.values()))
        raise cause from error


def quiet() -> warnings.catch_warnings:
    """Silence PyTorch's remarks that a single process is a single process."""
    return warnings.catch_warnings(action="ignore")
