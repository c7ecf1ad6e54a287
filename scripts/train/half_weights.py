"""A model that computes in bf16 from weights that the optimizer keeps in float32.

Autocast casts every weight in each micro-batch and every activation before each product. Here a
trained weight is cast once a step, and all between two weights is bf16 as under FSDP and DeepSpeed;
norms and softmax compute in float32 inside, and so does the loss. Gradients reach the float32
weights, where micro-batches add up: a product's gradient is rounded once, to bf16, each
micro-batch, as under autocast.
"""

from typing import Any

import torch
from torch import nn

from scripts.train.new_rows import InputRows

EMBEDDINGS = (nn.Embedding, InputRows)


class Cast(torch.autograd.Function):
    """A weight's copy, made beforehand; its gradient goes to the weight in the weight's type."""

    @staticmethod
    def forward(ctx: Any, weight: torch.Tensor, copy: torch.Tensor) -> torch.Tensor:
        """Return the copy, of any shape, as if it had just been made of the weight."""
        ctx.dtype = weight.dtype
        return copy.view_as(copy)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Return the copy's gradient in the weight's type."""
        return gradients[0].to(ctx.dtype), None


class HalfWeights:
    """The copies in `dtype` that a module's forward pass takes instead of its trained weights.

    The module's parameters stay what they are: optimizer, gradients, checkpoints and DDP see
    float32 alone. Frozen weights, which nothing writes anywhere, are cast in place, once. A trained
    embedding is looked up in float32 and its vectors are cast, the same numbers: so its gradient
    sums a token's many places in float32.
    """

    def __init__(self, module: nn.Module, dtype: torch.dtype) -> None:
        for weight in module.parameters():
            if weight.is_floating_point() and not weight.requires_grad:
                weight.data = weight.data.to(dtype)
        # Where the forward pass finds a trained weight: module, the parameter's name there, itself.
        self.places: list[tuple[nn.Module, str, nn.Parameter]] = []
        for part in module.modules():
            if isinstance(part, EMBEDDINGS):
                part.register_forward_hook(lambda _, __, vectors: vectors.to(dtype))
                continue
            own = part.named_parameters(recurse=False)
            self.places += [(part, *pair) for pair in own if pair[1].requires_grad]
        self.copies = {weight: weight.detach().to(dtype) for _, _, weight in self.places}

    @torch.no_grad()
    def refresh(self) -> None:
        """Cast the weights, once they have changed."""
        if self.copies:
            torch._foreach_copy_(list(self.copies.values()), list(self.copies))

    def connect(self) -> None:
        """Let the next forward pass take the copies, and its backward pass reach the weights."""
        cast = {weight: Cast.apply(weight, copy) for weight, copy in self.copies.items()}
        for part, name, weight in self.places:
            # An attribute of the instance hides the parameter of its name from the forward pass,
            # also from one that gradient checkpointing repeats, and from nothing else.
            part.__dict__[name] = cast[weight]
