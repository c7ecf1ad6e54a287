"""Cross-entropy of bf16 logits, computed in float32 a few rows at a time.

PyTorch's would hold all logits in float32, their log-softmax and its gradient at once: at the
moment when all activations are there too, and for 50,000 pieces the largest tensors of a step. Here
bf16 logits wait for the backward pass, which makes the probabilities again.
"""

from collections.abc import Iterator
from typing import Any

import torch

AT_ONCE = 2**23  # logits in float32 at a time: 32 MiB


class HalfLoss(torch.autograd.Function):
    """The summed cross-entropy, whose gradient is rounded once, to the type of the logits."""

    @staticmethod
    def forward(ctx: Any, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the sum in nats, a float32 scalar, of `logits` (n, vocabulary), `targets` (n)."""
        sums = logits.new_empty(len(logits), dtype=torch.float32)
        nats = sums.new_zeros(())
        for part, wanted, total in chunks(logits, targets, sums):
            values = part.float()
            torch.logsumexp(values, 1, out=total)
            nats += (total - values.gather(1, wanted[:, None])[:, 0]).sum()
        ctx.save_for_backward(logits, targets, sums)
        return nats

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Return the gradient of the logits: probabilities, less one at each target."""
        logits, targets, sums = ctx.saved_tensors
        found = torch.empty_like(logits)
        for part, wanted, total, into in chunks(logits, targets, sums, found):
            values = part.float().sub_(total[:, None]).exp_()
            place = wanted[:, None]
            values.scatter_add_(1, place, values.new_full(place.shape, -1))
            into.copy_(values.mul_(gradients[0]))
        return found, None


def chunks(logits: torch.Tensor, *others: torch.Tensor) -> Iterator[tuple[torch.Tensor, ...]]:
    """Yield the rows of all tensors in parts of at most `AT_ONCE` logits."""
    rows = max(1, AT_ONCE // logits.shape[1])
    return zip(*(tensor.split(rows) for tensor in (logits, *others)), strict=True)
