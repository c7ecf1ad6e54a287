"""When to stop a training that diverges, from what is logged of every step.

A non-finite loss or gradient norm stops it at once. An explosion is judged by the median of the
last `WINDOW` steps, which isolated spikes do not move (clipped, the loss mostly recovers from
them): training stops when it exceeds twice the best median so far and one nat more. The nat
keeps noise from stopping a model that has memorised its data (best median 0.05); twice the
best is above the rise that a warm-up or another mix of data causes (a stage that begins at 2 nats
may rise to 5), and far below where a diverging model goes: ln(vocabulary) ≈ 10 and beyond. The best
counts from the fifth step on, so that an explosion in the first window is held against what came
before. A collapse is seen some ten steps after it.

The state is the last losses and the best median; a resumed run that replays its `train_log.jsonl`
decides as one that was never stopped.
"""

from collections import deque
from collections.abc import Iterable
from math import inf, isfinite
from statistics import median
from typing import Any

WINDOW = 20
FEWEST = 5  # steps whose median may count as the best


class DivergenceGuard:
    """Judges one step after the other.

    Under fp16 a gradient that overflows is no fault: the step is skipped and the loss scale
    halved. With `scaled`, only a whole window of such steps in a row counts.
    """

    def __init__(self, scaled: bool = False) -> None:
        self.patience = WINDOW if scaled else 1
        self.losses: deque[float] = deque(maxlen=WINDOW)
        self.best = inf
        self.overflows = 0

    def replay(self, lines: Iterable[dict[str, Any]]) -> None:
        """Take in the logged steps of a run that is resumed; none of them stopped it."""
        for line in lines:
            self.check(line["step"], line["loss"], line.get("grad_norm"))

    def check(self, step: int, loss: float, grad_norm: float | None = None) -> str | None:
        """Take in a step; return why training must stop, or None.

        Args:
            step: its number, for the reason.
            loss: nats per loss-bearing token.
            grad_norm: the norm before clipping; None where an engine does not report it.
        """
        reason = self.judge(loss, grad_norm)
        return f"step {step}: {reason}" if reason else None

    def judge(self, loss: float, grad_norm: float | None) -> str | None:
        """Return what is wrong with a step, or None."""
        if not isfinite(loss):
            return f"the loss is {loss}"
        finite = grad_norm is None or isfinite(grad_norm)
        self.overflows = 0 if finite else self.overflows + 1
        if self.overflows >= self.patience:
            times = f" for {self.overflows} steps" if self.overflows > 1 else ""
            return f"the gradient norm is {grad_norm}{times}"
        return self.judge_window(loss)

    def judge_window(self, loss: float) -> str | None:
        """Compare the median of the last steps with the best one before it."""
        self.losses.append(loss)
        now = median(self.losses)
        if len(self.losses) == WINDOW and now > 2 * self.best + 1:
            return (
                f"the loss explodes: {now:.2f} nats per token is the median of the last {WINDOW} "
                f"steps, {self.best:.2f} was the best"
            )
        if len(self.losses) >= FEWEST:
            self.best = min(self.best, now)
        return None
