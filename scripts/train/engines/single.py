"""One process, one device: float32 weights, the forward pass in the recipe's precision."""

import math
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from torch import nn

from scripts.study.recipe import Optimization
from scripts.study.run import Run
from scripts.train.engines.state import inner, load_state, save_state
from scripts.train.half_weights import HalfWeights
from scripts.train.optimizing import make_optimizer, set_rate
from scripts.train.processes import Processes


class Single:
    """The engine that the others are measured against."""

    reshards = True
    fused = True

    def __init__(
        self, module: nn.Module, recipe: Optimization, run: Run, processes: Processes
    ) -> None:
        self.recipe, self.run, self.processes = recipe, run, processes
        self.module = self.wrap(module)
        self.half = self.halve()
        self.optimizer = make_optimizer(self.module, recipe, self.fused)
        self.scaler = torch.amp.GradScaler(
            processes.device.type, enabled=recipe.precision == "fp16"
        )

    def wrap(self, module: nn.Module) -> nn.Module:
        """Return the module as this engine calls it."""
        return module.to(self.processes.device)

    def halve(self) -> HalfWeights | None:
        """Return the bf16 copies of the weights that the forward pass takes, if it takes any."""
        return HalfWeights(self.module, torch.bfloat16) if self.recipe.precision == "bf16" else None

    def precision(self) -> AbstractContextManager:
        """Return the context of the forward pass; bf16 copies of the weights are put in place."""
        if self.half:
            self.half.connect()
        # fp16 needs autocast's list of what has to stay float32, since its range is narrow.
        fp16 = self.recipe.precision == "fp16"
        device = self.processes.device.type
        return torch.autocast(device, torch.float16) if fp16 else nullcontext()

    def loss(self, rows: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the summed loss of a micro-batch, in nats."""
        with self.precision():
            loss: torch.Tensor = self.module(**rows)
        return loss

    def backward(self, loss: torch.Tensor, last: bool) -> None:
        """Add the gradient of `loss`; `last` says that the global batch ends with it."""
        # `backward` adds to the gradients that are there; `step` clears them.
        self.scaler.scale(loss).backward()

    def step(self, rate: float) -> float:
        """Update the weights; return the gradient norm. One that is not finite changes nothing."""
        # Clipping comes once, after the whole batch's gradient is summed (micro-batches clipped one
        # by one would add up to another direction) and after fp16's loss scale is divided out.
        self.scaler.unscale_(self.optimizer)
        norm = self.clip()
        # Without a scaler, which skips such a step by itself, it is skipped here: one update by a
        # non-finite gradient would destroy every weight.
        if math.isfinite(norm) or self.scaler.is_enabled():
            set_rate(self.optimizer, rate)
            self.scaler.step(self.optimizer)
            self.scaler.update()
            self.refresh()
        self.optimizer.zero_grad(set_to_none=True)
        return norm

    def refresh(self) -> None:
        """Cast the weights again, once they have changed."""
        if self.half:
            self.half.refresh()

    def clip(self) -> float:
        """Scale the gradient down to the recipe's greatest norm; return the norm before."""
        weights = [weight for weight in self.module.parameters() if weight.requires_grad]
        return nn.utils.clip_grad_norm_(weights, self.recipe.clip).item()

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the trained weights by their names in the model, on the CPU."""
        return {
            name.removeprefix("model."): weight.detach().cpu()
            for name, weight in inner(self.module).named_parameters()
            if weight.requires_grad
        }

    def save(self, folder: Path) -> None:
        """Write weights, optimizer and loss scale to a folder."""
        save_state(folder, self.module, self.optimizer, self.scaler, self.processes)

    def load(self, folder: Path) -> None:
        """Restore what `save` wrote."""
        load_state(folder, self.module, self.optimizer, self.scaler, self.processes)
        self.refresh()


ENGINE = Single
