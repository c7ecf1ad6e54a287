"""Learning rates at each step, and which weights decay."""

import sys
from dataclasses import replace

import pytest
import torch
from torch import nn
from transformers import get_cosine_with_min_lr_schedule_with_warmup

from scripts.common.errors import InputError
from scripts.study.recipe import Optimization
from scripts.train.optimizing import learning_rate, make_optimizer, weight_groups

RECIPE = Optimization(
    batch=1, learning_rate=2e-5, schedule="cosine", warmup=0.1, floor=0.1, weight_decay=0.1,
    betas=(0.9, 0.95),
)  # fmt: skip


def test_the_cosine_is_transformers_own_after_the_warm_up():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2e-5)
    schedule = get_cosine_with_min_lr_schedule_with_warmup(optimizer, 10, 100, min_lr_rate=0.1)
    for step in range(100):
        if step >= 10:
            assert learning_rate(RECIPE, step, 100) == pytest.approx(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()


def test_the_warm_up_learns_from_the_first_step_and_reaches_the_peak():
    rates = [learning_rate(RECIPE, step, 100) for step in range(11)]
    assert rates[0] == pytest.approx(2e-6)
    assert rates[9] == rates[10] == 2e-5


def test_linear_and_constant_schedules():
    linear = replace(RECIPE, schedule="linear", warmup=0.0)
    assert [learning_rate(linear, step, 4) for step in range(4)] == pytest.approx(
        [2e-5, 1.5e-5, 1e-5, 0.5e-5]
    )
    constant = replace(RECIPE, schedule="constant")
    assert {learning_rate(constant, step, 50) for step in range(5, 50)} == {2e-5}


def test_matrices_decay_and_norms_do_not():
    module = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3))
    module[0].weight.requires_grad = True
    decayed, kept = weight_groups(module, 0.1)
    assert [tuple(weight.shape) for weight in decayed["params"]] == [(3, 3)]
    assert len(kept["params"]) == 3 and kept["weight_decay"] == 0


def test_frozen_weights_are_left_out():
    module = nn.Linear(3, 3)
    module.weight.requires_grad = False
    (group,) = weight_groups(module, 0.1)
    assert len(group["params"]) == 1


def test_eight_bit_states_without_their_package_are_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "bitsandbytes.optim", None)
    with pytest.raises(InputError, match="adamw_8bit needs bitsandbytes; pip install"):
        make_optimizer(nn.Linear(3, 3), replace(RECIPE, optimizer="adamw_8bit"))
