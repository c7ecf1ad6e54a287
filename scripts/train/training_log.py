"""What is written while a model trains: a JSON line a step, checkpoints, a progress bar."""

import json
import math
import time
from pathlib import Path
from typing import Any

from datasets import Dataset
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from scripts.common.errors import InputError
from scripts.common.progress import Progress
from scripts.train.checkpoints import mark_complete

LOG_NAME = "train_log.jsonl"


class TrainingLog(TrainerCallback):
    """Appends one JSON line a step to ``train_log.jsonl`` and moves the progress bar.

    A line has step, steps, loss (nats per loss-bearing token), lr, grad_norm, tokens,
    useful_tokens, tokens_per_second, useful_tokens_per_second and seconds.
    """

    def __init__(self, folder: Path, rows: Dataset, batch: int, label: str) -> None:
        self.path, self.rows, self.batch, self.label = folder / LOG_NAME, rows, batch, label
        self.began = 0.0
        self.progress: Progress | None = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.keep_steps(state.global_step)
        self.progress = Progress(state.max_steps, self.label, "step", state.global_step)

    def keep_steps(self, step: int) -> None:
        """Drop lines behind `step`: those steps are trained once more after a resume."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        kept = lines[:step]
        self.path.write_text("".join(f"{line}\n" for line in kept))

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.began = time.monotonic()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        if not logs or "loss" not in logs:
            return
        line = self.describe_step(state, logs, time.monotonic() - self.began)
        with self.path.open("a") as stream:
            stream.write(json.dumps(line) + "\n")
        self.progress.update(
            1, f"loss {line['loss']:.3f}, {line['useful_tokens_per_second']:.0f} useful tokens/s"
        )
        if not math.isfinite(line["loss"]):
            raise InputError(f"{self.label}: the loss is {line['loss']} at step {line['step']}")

    def describe_step(
        self, state: TrainerState, logs: dict[str, float], seconds: float
    ) -> dict[str, Any]:
        """Return the log line of the step just taken."""
        step = state.global_step
        batch = self.rows[(step - 1) * self.batch : step * self.batch]
        tokens, useful = sum(batch["tokens"]), sum(batch["useful_tokens"])
        return {
            "step": step,
            "steps": state.max_steps,
            "loss": logs["loss"],
            "lr": logs["learning_rate"],
            "grad_norm": logs.get("grad_norm"),
            "tokens": tokens,
            "useful_tokens": useful,
            "tokens_per_second": round(tokens / seconds, 1),
            "useful_tokens_per_second": round(useful / seconds, 1),
            "seconds": round(seconds, 3),
        }

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.progress.close()


class TimedCheckpoints(TrainerCallback):
    """Asks for a checkpoint every `seconds`, and marks each as complete once it is whole."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.saved = time.monotonic()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        due = time.monotonic() - self.saved >= self.seconds
        control.should_save = due and state.global_step < state.max_steps

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        mark_complete(Path(args.output_dir) / f"checkpoint-{state.global_step}")
        self.saved = time.monotonic()
