"""DistributedDataParallel: every process holds all weights, gradients are averaged."""

from contextlib import nullcontext

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from scripts.train.engines.single import Single
from scripts.train.engines.state import inner


class Ddp(Single):
    """`Single` in several processes, each on its share of the global batch."""

    def wrap(self, module: nn.Module) -> nn.Module:
        """Return the module with gradients averaged over the processes."""
        device = self.processes.device
        return DistributedDataParallel(
            module.to(device),
            device_ids=[device] if device.type == "cuda" else None,
            gradient_as_bucket_view=True,
        )

    def loss(self, rows: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the summed loss of a micro-batch; a measurement bypasses DDP's hooks."""
        if torch.is_grad_enabled():
            return super().loss(rows)
        # DDP's forward pass would wait for a backward pass that never comes.
        with self.precision():
            loss: torch.Tensor = inner(self.module)(**rows)
        return loss

    def backward(self, loss: torch.Tensor, last: bool) -> None:
        """Add the gradient; the processes exchange it once a global batch."""
        # DDP averages over processes, but the loss is divided by the global batch's tokens already,
        # so their gradients have to be summed: times the number of processes. All but the last
        # micro-batch only add up locally (no_sync): one exchange a step instead of one each.
        assert isinstance(self.module, DistributedDataParallel)
        with nullcontext() if last else self.module.no_sync():
            super().backward(loss * self.processes.size, last)


ENGINE = Ddp
