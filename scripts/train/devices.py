"""Whether the devices a job sees are those it was promised; asked before torch is loaded."""

import os
from collections.abc import Mapping

from scripts.common.errors import InputError
from scripts.common.processor import count_gpus


def check_devices(
    devices: int, nodes: int, device: str, environment: Mapping[str, str] = os.environ
) -> None:
    """Refuse to start on other devices than were promised.

    Args:
        devices: processes a node, one a device.
        nodes: nodes.
        device: cpu, cuda, or auto (cuda where there is one).

    Raises:
        InputError: if the number of processes differs, or this node has too few GPUs for them.
    """
    found, promised = int(environment.get("WORLD_SIZE", 1)), devices * nodes
    if found != promised:
        raise InputError(
            f"run.devices × run.nodes: found {found} processes, expected {devices} × {nodes}; "
            "start it with `python -m scripts.train.launch` or torchrun"
        )
    check_gpus(devices, device, environment)


def check_gpus(devices: int, device: str, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse to start on a node with fewer GPUs than processes; on one without any unless asked.

    Raises:
        InputError: saying what was found.
    """
    if device == "cpu":
        return
    gpus = count_gpus(environment)
    if not gpus and device == "cuda":
        raise InputError("run.device: found no GPU on this node, expected cuda; write auto or cpu")
    if gpus < devices and gpus:
        raise InputError(f"run.devices: found {gpus} GPUs on this node, expected {devices}")
