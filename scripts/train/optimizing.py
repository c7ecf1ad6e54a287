"""AdamW, its learning rate at each step, and which weights decay."""

import math
from typing import Any

import torch
from torch import nn

from scripts.common.errors import InputError
from scripts.study.recipe import Optimization


def learning_rate(recipe: Optimization, step: int, steps: int) -> float:
    """Return the learning rate of step `step` (counted from 0) of `steps`.

    A linear warm-up over a share of all steps, then a cosine down to ``floor × learning_rate``, a
    line down to zero, or a constant.
    """
    warmup, peak = round(recipe.warmup * steps), recipe.learning_rate
    if step < warmup:
        return peak * (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    if recipe.schedule == "constant":
        return peak
    if recipe.schedule == "linear":
        return peak * (1 - done)
    return peak * (recipe.floor + (1 - recipe.floor) * (1 + math.cos(math.pi * done)) / 2)


def weight_groups(module: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Return AdamW's parameter groups: matrices decay, norms and biases do not."""
    trained = [weight for weight in module.parameters() if weight.requires_grad]
    groups = [
        {"params": [weight for weight in trained if weight.ndim > 1], "weight_decay": decay},
        {"params": [weight for weight in trained if weight.ndim < 2], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def make_optimizer(module: nn.Module, recipe: Optimization, fused: bool = True) -> Any:
    """Return the recipe's optimizer over the module's trainable weights.

    Raises:
        InputError: if the recipe asks for 8-bit states and bitsandbytes is not installed.
    """
    groups = weight_groups(module, recipe.weight_decay)
    options: dict[str, Any] = {"lr": recipe.learning_rate, "betas": recipe.betas}
    if recipe.optimizer == "adamw_8bit":
        try:
            from bitsandbytes.optim import AdamW8bit
        except ImportError:
            raise InputError(
                "recipe.optimizer: adamw_8bit needs bitsandbytes; pip install bitsandbytes"
            ) from None
        return AdamW8bit(groups, **options)
    return torch.optim.AdamW(groups, fused=fused, **options)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of all groups."""
    for group in optimizer.param_groups:
        group["lr"] = rate
