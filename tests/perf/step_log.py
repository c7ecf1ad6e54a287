"""A JSON line a step from transformers' `Trainer`: what the step trained on."""

import json
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

IGNORED = -100


class StepLog(TrainerCallback):
    """Counts, as batches pass into the model, positions and tokens that carry loss."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.positions = 0
        self.useful = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any, **kwargs: Any):
        self.path.write_text("")
        model.register_forward_pre_hook(self.count, with_kwargs=True)

    def count(self, model: Any, arguments: tuple, inputs: dict[str, torch.Tensor]) -> None:
        """Add a micro-batch's counts; labels are shifted, so the first of a row never counts."""
        self.positions += inputs["input_ids"].numel()
        self.useful += (inputs["labels"][:, 1:] != IGNORED).sum()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any):
        line = {
            "step": state.global_step,
            "useful_tokens": int(self.useful),
            "positions": self.positions,
        }
        with self.path.open("a") as stream:
            stream.write(json.dumps(line) + "\n")
        self.positions = self.useful = 0
