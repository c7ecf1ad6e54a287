"""What carries out a training step: on one device, or shared by DDP, FSDP or DeepSpeed.

Every engine is a class with the same few methods (see `engines.single.Single`):

- ``loss(rows)``: the summed loss of a micro-batch, forward pass only
- ``backward(loss, last)``: adds the gradient of a micro-batch's share of the global loss
- ``step(rate)``: clips, updates at a learning rate, returns the gradient norm before clipping
- ``weights()``: the trained weights by name, whole and in float32, on the first process
- ``save(folder)``, ``load(folder)``: weights and optimizer, each process its part

They are imported where they are used, since DeepSpeed takes seconds to load.
"""

from typing import Any

from torch import nn

from scripts.train.processes import Processes

ENGINES = ("single", "ddp", "deepspeed", "fsdp")
RESHARDING = ("single", "ddp", "fsdp")  # one checkpoint form, for any number of processes


def open_engine(
    name: str,
    module: nn.Module,
    recipe: dict[str, Any],
    settings: dict[str, Any],
    processes: Processes,
) -> Any:
    """Return the engine of a name around a `PackedLoss`."""
    if name == "deepspeed":
        from scripts.train.engines.deepspeed import DeepSpeed as Engine
    elif name == "fsdp":
        from scripts.train.engines.fsdp import Fsdp as Engine
    elif name == "ddp" and processes.size > 1:
        from scripts.train.engines.ddp import Ddp as Engine
    else:
        from scripts.train.engines.single import Single as Engine
    return Engine(module, recipe, settings, processes)
