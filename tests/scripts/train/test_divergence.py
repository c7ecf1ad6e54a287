"""A training that has gone wrong is stopped, a noisy one is not, a resumed one decides alike."""

import json
import random
from itertools import pairwise
from math import inf, nan

import pytest
import torch

from scripts.train.divergence import WINDOW, DivergenceGuard

# Losses of x-smollm2-zh in the default study (seed 7, two rows a step): warm-up, then noise.
REAL = [
    2.25, 2.22, 1.91, 2.28, 2.11, 1.84, 1.93, 1.88, 2.09, 1.89, 1.39, 1.82, 1.52, 1.71, 2.07, 1.25,
    1.53, 1.34, 1.64, 1.56, 1.62, 2.29, 1.78, 1.68, 1.54, 1.13, 1.45, 1.88, 1.73, 1.34, 1.35, 1.7,
    1.45, 1.47, 1.55, 1.07, 1.61, 1.37, 1.68, 1.72, 1.39, 1.11, 1.15, 1.47, 1.25, 1.1, 1.52, 1.48,
    1.18, 1.37, 1.18, 1.19, 1.16, 1.06, 1.46, 1.15,
]  # fmt: skip


def stopped(losses: list[float], guard: DivergenceGuard | None = None) -> int | None:
    """Return the step at which a curve is stopped, or None."""
    guard = guard or DivergenceGuard()
    verdicts = (guard.check(step, loss) for step, loss in enumerate(losses, start=1))
    return next((step for step, reason in enumerate(verdicts, start=1) if reason), None)


def train(rate: float, steps: int = 150, warmup: int = 20) -> list[float]:
    """Train a bigram model for real, with a warm-up; a rate that is too high makes it diverge."""
    torch.manual_seed(1)
    words = 512
    follows = torch.randint(words, (words,))
    model = torch.nn.Sequential(torch.nn.Embedding(words, 16), torch.nn.Linear(16, words))
    optimizer = torch.optim.AdamW(model.parameters())
    losses = []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / warmup)
        seen = torch.randint(words, (32,))
        random_word = torch.randint(words, (32,))
        follow = torch.where(torch.rand(32) < 0.9, follows[seen], random_word)
        loss = torch.nn.functional.cross_entropy(model(seen), follow)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_a_training_with_warm_up_is_not_stopped(rate):
    assert stopped(REAL) is None
    losses = train(rate)
    assert losses[-1] < losses[0]
    assert stopped(losses) is None


@pytest.mark.parametrize("rate", [1, 5])
def test_a_diverging_training_is_stopped_soon(rate):
    losses = train(rate)
    left = next(step for step, loss in enumerate(losses, start=1) if loss > 3 * losses[0])
    assert left < stopped(losses) <= max(left, WINDOW) + 10


def test_noise_and_lone_spikes_do_not_stop_it():
    chance = random.Random(3)
    noisy = [2.5 * 0.999**step + chance.gauss(0, 0.9) ** 2 for step in range(3000)]
    for step in range(100, 3000, 100):
        noisy[step] += 200
    assert stopped(noisy) is None
    by_heart = [0.02 + chance.expovariate(10) for _ in range(1000)]
    assert stopped(by_heart) is None


def test_a_collapse_after_long_training_is_stopped():
    chance = random.Random(3)
    good = [1.8 + chance.gauss(0, 0.2) for _ in range(500)]
    assert 500 < stopped(good + [7.6] * 30) <= 520


def test_what_is_no_number_stops_at_once():
    assert DivergenceGuard().check(12, nan) == "step 12: the loss is nan"
    assert DivergenceGuard().check(3, inf, 1.0) == "step 3: the loss is inf"
    assert DivergenceGuard().check(7, 2.0, inf) == "step 7: the gradient norm is inf"
    assert DivergenceGuard().check(7, 2.0, None) is None


def test_overflows_of_fp16_are_skipped_steps_unless_they_never_end():
    guard = DivergenceGuard(scaled=True)
    for step in range(1, 61):
        assert guard.check(step, 2.0, inf if step % WINDOW else 1.0) is None
    reasons = [guard.check(step, 2.0, nan) for step in range(61, 61 + WINDOW)]
    assert reasons[-1] == f"step {60 + WINDOW}: the gradient norm is nan for {WINDOW} steps"


def test_a_resumed_run_decides_as_one_never_stopped():
    losses = train(1)
    end = stopped(losses)
    for kept in range(0, end, 7):
        lines = [{"step": n, "loss": x, "grad_norm": None} for n, x in enumerate(losses[:kept], 1)]
        guard = DivergenceGuard()
        guard.replay(json.loads(json.dumps(line)) for line in lines)
        assert kept + stopped(losses[kept:], guard) == end
    assert all(a != b for a, b in pairwise(losses)), "equal losses would hide a shifted window"
