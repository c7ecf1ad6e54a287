"""The state of torch's generators, which a checkpoint keeps of each process."""

from pathlib import Path

import torch

from scripts.common.command import log
from scripts.train.processes import Processes


def random_state(processes: Processes) -> dict[str, torch.Tensor]:
    """Return the state of torch's generators, which dropout draws from."""
    state = {"cpu": torch.get_rng_state()}
    if processes.device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def restore_random(folder: Path, processes: Processes) -> None:
    """Restore the generators of this process, if as many processes were at work."""
    files = list(folder.glob("random-*.pt"))
    if len(files) != processes.size:
        if processes.first:
            log.info("%s: written by another number of processes (%d)", folder, len(files))
        return
    state = torch.load(folder / f"random-{processes.rank}.pt", weights_only=True)
    torch.set_rng_state(state["cpu"])
    if processes.device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"])
