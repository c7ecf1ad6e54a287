"""The processes that train together: how many, which one this is, and how they exchange values."""

import os
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from scripts.common.errors import InputError
from scripts.common.processor import count_gpus

T = TypeVar("T")


@dataclass(frozen=True)
class Processes:
    """This process among all: `rank` of `size`, on `device`."""

    rank: int
    size: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Tell whether this process writes what only one may write."""
        return self.rank == 0

    def sum(self, values: list[float]) -> list[float]:
        """Return each value summed over all processes, in float64."""
        if self.size == 1:
            return values
        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(tensor)
        summed: list[float] = tensor.tolist()
        return summed

    def wait(self) -> None:
        """Wait until all processes have come here."""
        if self.size > 1:
            dist.barrier()

    def gather(self, value: T) -> list[T]:
        """Return the values of all processes, by rank."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value)
        return values

    def share(self, value: T) -> T:
        """Return the first process's value in all of them."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0, device=self.device)
        return box[0]


def join_processes(device: str) -> Processes:
    """Return this process's place; opens the process group where there are several.

    Args:
        device: cpu, cuda, or auto (cuda where there is one).

    Raises:
        InputError: if torch sees fewer GPUs than this node's processes need.
    """
    size, local = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("LOCAL_RANK", 0))
    cuda = torch.cuda.is_available() if device == "auto" else device == "cuda"
    if cuda:
        found = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if found <= local:
            raise InputError(
                f"run.devices: torch sees {found} GPUs ({count_gpus()} are visible to the system), "
                f"expected at least {local + 1} on this node"
            )
        torch.cuda.set_device(local)
    else:
        # DeepSpeed, which transformers imports too, would warn that it found no GPU.
        os.environ.setdefault("DS_ACCELERATOR", "cpu")
    place = torch.device("cuda", local) if cuda else torch.device("cpu")
    if size > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if cuda else "gloo", device_id=place if cuda else None)
    return Processes(int(os.environ.get("RANK", 0)), size, place)


def leave_processes() -> None:
    """Close the process group, if one is open."""
    if dist.is_initialized():
        dist.destroy_process_group()


def device_name(device: torch.device) -> str:
    """Return the accelerator's name, or cpu."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
