"""The training loop: from a given step to the last one, whatever the engine.

A step is one global batch: each process adds up the gradients of its micro-batches, the engine sums
them over the processes and updates, and all is logged (`scripts.train.training_log`). Between steps
held-out text is measured, checkpoints are written and warning signals are obeyed.
"""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.files import write_json
from scripts.study.recipe import Optimization
from scripts.study.run import Run
from scripts.train.checkpoints import is_due, write_checkpoint
from scripts.train.divergence import DivergenceGuard
from scripts.train.engines import Engine
from scripts.train.held_out import HeldOut, Values
from scripts.train.last_measurement import Conditions
from scripts.train.mapped_rows import MappedRows, micro_batches
from scripts.train.optimizing import learning_rate
from scripts.train.processes import Processes
from scripts.train.random_state import random_state
from scripts.train.reporting import Reporter
from scripts.train.signals import Stopped, Warned
from scripts.train.throughput import Work, memory_gib, peak
from scripts.train.training_log import HELD_OUT, LOG, SPEED, TrainingLog

Line = dict[str, Any]
Form = dict[str, Any]  # engine, ZeRO stage and number of processes: what can read a checkpoint
STATE = "state.json"  # what a checkpoint's form depends on


@dataclass
class Loop:
    """One stage in training. Its recipe decides the weights, its run does not.

    `conditions` are those of measuring held-out texts. `of_parent` is what the parent measured,
    where the measurement before the first step would repeat it. `reporter` is told of every step;
    only the first process has one. `form` is written into checkpoints.
    """

    engine: Engine
    rows: MappedRows
    held_out: HeldOut
    conditions: Conditions | None
    of_parent: Values | None
    recipe: Optimization
    settings: Run
    processes: Processes
    folder: Path
    log: TrainingLog
    work: Work
    guard: DivergenceGuard
    reporter: Reporter | None
    warned: Warned
    form: Form

    @property
    def steps(self) -> int:
        """Return the number of optimizer steps of the stage."""
        return len(self.rows) // self.recipe.batch

    def run(self, start: int) -> None:
        """Train from step `start` to the last one.

        Raises:
            InputError: if the loss is not finite or explodes, or the disk is full.
            Stopped: after a checkpoint, if a warning signal came, or the job's limit is near.
        """
        self.saved, self.saved_at = time.monotonic(), start
        self.measured: Values = {}
        if self.reporter:
            self.reporter.start(start, self.steps)
        if start == 0:
            self.measure(0, self.of_parent)
        for step in range(start, self.steps):
            stop, due = self.take_step(step)
            if step + 1 in self.measured_at:
                self.measure(step + 1)
            if (due or stop) and step + 1 < self.steps:
                self.save(step + 1)
            if stop and step + 1 < self.steps:
                name = self.warned.name or "another process's signal"
                log.info("stopped by %s after step %d; run again to resume", name, step + 1)
                raise Stopped(self.warned.ended)
        if self.reporter:
            self.reporter.close()

    @property
    def measured_at(self) -> set[int]:
        """Return the steps after which held-out text is measured, the last one included."""
        parts = self.settings.evaluations
        return {round(self.steps * part / parts) for part in range(1, parts + 1)}

    def take_step(self, step: int) -> tuple[bool, bool]:
        """Train on one global batch; return whether to stop, and whether a checkpoint is due."""
        began, batch = time.monotonic(), self.recipe.batch
        first, end = step * batch, (step + 1) * batch
        useful = self.rows.total("useful_tokens", first, end)
        own, wait = self.accumulate(step, max(1, useful))
        due = self.processes.first and self.is_due(step + 1)
        # One exchange for three questions. All processes must save and stop after the same step,
        # whoever got the signal and whatever their clocks say: one reads the clock for all.
        nats, warned, save = self.processes.sum([own, bool(self.warned.name), due])
        loss = nats / max(1, useful)
        # Judged before the update, while the weights are still those of the step before.
        reason = None if math.isfinite(loss) else self.guard.check(step + 1, loss)
        if reason:
            self.stop(step, reason)
        rate = learning_rate(self.recipe, step, self.steps)
        norm = self.engine.step(rate)
        reason = self.guard.check(step + 1, loss, norm)
        if reason:
            self.stop(step, reason)
        line = {
            "step": step + 1,
            "steps": self.steps,
            "tokens": self.rows.total("tokens", first, end),
            "useful_tokens": useful,
            "loss": loss,
            "lr": rate,
            "grad_norm": norm,
        }
        seconds = time.monotonic() - began
        self.warned.allow(seconds)
        self.write(line, self.describe_speed(line, first, end, seconds, wait))
        return bool(warned), bool(save)

    def accumulate(self, step: int, useful: int) -> tuple[float, float]:
        """Add up the gradient of this process's share; return its loss in nats, seconds of wait."""
        share = micro_batches(
            step,
            self.recipe.batch,
            self.processes.rank,
            self.processes.size,
            self.settings.micro_batch,
        )
        # float64, so that the logged loss hardly depends on how the batch was split; on the
        # device, so that no micro-batch waits for the number to come back.
        nats, wait = torch.zeros((), dtype=torch.float64, device=self.processes.device), 0.0
        for number, (start, stop) in enumerate(share, start=1):
            began = time.monotonic()
            rows = self.load(start, stop)
            wait += time.monotonic() - began
            loss = self.engine.loss(rows)
            nats += loss.detach()
            # Each backward pass adds to the gradient, so the sum is normalised here: by the tokens
            # that carry loss in the whole global batch. A mean of each micro-batch's mean would
            # weigh tokens by how many others happen to share their micro-batch.
            self.engine.backward(loss / useful, last=number == len(share))
        return nats.item(), wait

    def load(self, start: int, stop: int) -> dict[str, torch.Tensor]:
        """Return rows on the device."""
        tensors, device = self.rows.tensors(start, stop), self.processes.device
        if device.type == "cpu":
            return tensors
        # From pinned memory the copy runs while the device still computes.
        return {
            key: value.pin_memory().to(device, non_blocking=True) for key, value in tensors.items()
        }

    def stop(self, step: int, reason: str) -> None:
        """End a run that diverges; what is on disk stays as it was.

        Raises:
            InputError: naming the step and the records of its batch.
        """
        batch = self.recipe.batch
        names = self.rows.records(step * batch, (step + 1) * batch)
        log.error("records of step %d: %s", step + 1, " ".join(names))
        raise InputError(
            f"{reason}; the step's records: {shorten(names)}; the last checkpoint is kept; lower "
            "learning_rate or take the records out"
        )

    def is_due(self, step: int) -> bool:
        """Tell whether it is time for a checkpoint."""
        seconds, taken = time.monotonic() - self.saved, step - self.saved_at
        return is_due(self.settings, step, self.steps - step, seconds, taken)

    def save(self, step: int) -> None:
        """Write a checkpoint of everything that the next step depends on."""
        began = time.monotonic()
        write_checkpoint(self.folder, step, self.write_state, self.processes)
        self.saved, self.saved_at = time.monotonic(), step
        self.warned.allow(self.saved - began)

    def write_state(self, folder: Path) -> None:
        """Write this process's part of a checkpoint."""
        self.engine.save(folder / "engine")
        torch.save(random_state(self.processes), folder / f"random-{self.processes.rank}.pt")
        if self.processes.first:
            write_json(folder / STATE, self.form)
            self.log.copy(folder)

    def measure(self, step: int, known: Values | None = None) -> None:
        """Write the bits per byte of the held-out texts, if there are any.

        Values that are known, of the same weights, are not computed. `measured` keeps the last.
        """
        if not self.held_out.texts:
            return
        self.measured = known or self.held_out.measure(self.sum_losses)
        line: Line = {"step": step} | self.measured
        if self.reporter:
            self.log.write(HELD_OUT, line)
            self.reporter.held_out(line)

    def sum_losses(
        self, input_ids: torch.Tensor, position_ids: torch.Tensor, labels: torch.Tensor
    ) -> float:
        """Return the summed loss in nats of rows, each (rows, length), shared by the processes."""
        columns = {"input_ids": input_ids, "position_ids": position_ids, "labels": labels}
        nats, count = 0.0, len(labels)
        for first in range(0, count, self.processes.size):
            # Sharded engines gather weights in a forward pass, all processes together: one that has
            # no row left computes the last one again, and does not count it.
            row = first + self.processes.rank
            place = min(row, count - 1)
            rows = {
                key: column[place : place + 1].to(self.processes.device)
                for key, column in columns.items()
            }
            with torch.no_grad():
                loss = self.engine.loss(rows).item()
            nats += loss if row < count else 0.0
        return self.processes.sum([nats])[0]

    def describe_speed(self, line: Line, first: int, end: int, seconds: float, wait: float) -> Line:
        """Return the speed log's line of a step."""
        tokens, useful = line["tokens"], line["useful_tokens"]
        length = tokens / max(1, self.rows.examples(first, end))
        top = peak(self.processes.device, self.recipe.precision)
        done = self.work.of_step(tokens, useful, length) / seconds / self.processes.size
        return {
            "step": line["step"],
            "seconds": round(seconds, 4),
            "tokens_per_second": round(tokens / seconds, 1),
            "useful_tokens_per_second": round(useful / seconds, 1),
            "data_wait": round(wait, 5),
            "memory_gib": round(memory_gib(self.processes.device), 3),
            "mfu": round(done / top, 4) if top else None,
        }

    def write(self, line: Line, speed: Line) -> None:
        """Write the logs of a step."""
        if self.reporter:
            self.log.write(LOG, line)
            self.log.write(SPEED, speed)
            self.reporter.step(line, speed)


def shorten(names: list[str]) -> str:
    """Return up to eight names, and how many more there are (the log has them all)."""
    more = f" and {len(names) - 8} more (all in the log)" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more
