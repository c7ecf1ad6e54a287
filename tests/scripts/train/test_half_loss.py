"""The loss of bf16 logits is PyTorch's in float32, in parts of any size."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from scripts.train import half_loss
from scripts.train.half_loss import HalfLoss


@pytest.mark.parametrize("at_once", [1, 150, 2**23])
def test_loss_and_gradient_are_those_of_float32_rounded_once(monkeypatch, at_once):
    monkeypatch.setattr(half_loss, "AT_ONCE", at_once)
    torch.manual_seed(0)
    logits = (4 * torch.randn(7, 50)).bfloat16().requires_grad_()
    targets, scale = torch.randint(0, 50, (7,)), 0.37
    loss = HalfLoss.apply(logits, targets)
    (loss * scale).backward()
    exact = logits.detach().double().requires_grad_()
    expected = cross_entropy(exact, targets, reduction="sum")
    (expected * scale).backward()
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
    # Half of bf16's last of eight digits.
    torch.testing.assert_close(logits.grad.double(), exact.grad, rtol=2**-8, atol=1e-6)


def test_no_token_has_no_loss():
    logits = torch.zeros(0, 50, dtype=torch.bfloat16, requires_grad=True)
    loss = HalfLoss.apply(logits, torch.zeros(0, dtype=torch.int64))
    loss.backward()
    assert loss.item() == 0 and logits.grad.shape == (0, 50)
