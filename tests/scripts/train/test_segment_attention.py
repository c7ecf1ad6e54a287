"""Examples that share beginnings: the losses and gradients of the mask, with less work."""

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    BloomForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
)

from scripts.pack.packing import Row, columns
from scripts.pack.rendering import Example
from scripts.train.packed_loss import packed_loss
from scripts.train.segment_attention import NAME
from scripts.train.shared_prefixes import merge_prefixes

LENGTH = 100
COLUMNS = ("input_ids", "position_ids", "labels")


def make_rows(*rows: list[tuple]) -> dict[str, torch.Tensor]:
    """Return packed rows of examples: tokens, from which of them on they carry loss, gaps in it."""
    packed = []
    for examples in rows:
        row = Row()
        for ids, first, *gaps in examples:
            row.add(Example("s", ids, first, gaps=tuple(gaps)))
        packed.append(columns(row, LENGTH, 0))
    return {key: torch.tensor([row[key] for row in packed]) for key in COLUMNS}


PREAMBLE = list(range(5, 30))
CASES = {
    "alone": make_rows([([5, 6, 7, 8], 1)]),
    "two rows of one preamble": make_rows(
        [([*PREAMBLE, 40, 41, 42], 25), ([*PREAMBLE, 40, 50], 26)], [([*PREAMBLE, 60, 61], 25)]
    ),
    "loss within what is shared": make_rows(
        [([5, 6, 7, 8, 9], 1), ([5, 6, 7, 8, 10], 1)], [([5, 6, 7], 1), ([5, 6, 7], 1)]
    ),
    "one is the beginning of another": make_rows([([5, 6, 7, 8, 9], 1), ([5, 6], 1)]),
    "lengths of several classes": make_rows(
        [(list(range(7, 77)), 3), ([5, 6, 7], 1)], [(list(range(40, 138)), 90)]
    ),
    "conversations that begin alike": make_rows(
        [([*range(5, 60)], 4, (10, 20), (30, 35)), ([*range(5, 40)], 4, (10, 22))],
        [([*range(5, 25), 9, 8, 7], 4, (10, 20)), ([5, 6, 7, 8, 9, 10], 1, (2, 5))],
    ),
    "an example without loss": make_rows([([5, 6, 7], 3), ([8, 9, 10], 1)]),
}


def make_model(attention: str, heads: int, key_heads: int) -> LlamaForCausalLM:
    """Return a random model; equal for every attention."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=150, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=heads, num_key_value_heads=key_heads, attn_implementation=attention,
    )  # fmt: skip
    return AutoModelForCausalLM.from_config(config).train()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("heads", "key_heads"), [(4, 4), (4, 2)])
def test_loss_and_gradients_are_those_of_the_mask(name, heads, key_heads):
    found = []
    for attention in ("sdpa", NAME):
        model = make_model(attention, heads, key_heads)
        loss = packed_loss(model, **CASES[name])
        loss.backward()
        found.append((loss, [weight.grad for weight in model.parameters()]))
    (expected, gradients), (loss, others) = found
    torch.testing.assert_close(loss, expected, rtol=1e-6, atol=1e-6)
    for gradient, other in zip(gradients, others, strict=True):
        torch.testing.assert_close(other, gradient, rtol=1e-4, atol=1e-5)


def test_recomputed_activations_change_nothing():
    model = make_model(NAME, 4, 2)
    plain = packed_loss(model, **CASES["two rows of one preamble"])
    model.activation_checkpointing_enable({"use_reentrant": False})
    packed_loss(model, **CASES["two rows of one preamble"]).backward()
    assert packed_loss(model, **CASES["two rows of one preamble"]).item() == plain.item()


def test_what_is_shared_padding_or_last_is_not_computed():
    merged = merge_prefixes(**CASES["two rows of one preamble"])
    # The preamble once, then 40 and 41 of one example, 40 of another (shared), 60 of the third.
    assert merged.input_ids.tolist() == [[*PREAMBLE, 40, 41, 60]]
    assert merged.position_ids.tolist() == [[*range(25), 25, 26, 25]]
    assert sorted(merged.targets.tolist()) == [40, 41, 42, 50, 60, 61]


def test_rows_without_any_loss_have_a_loss_of_nothing():
    model = make_model(NAME, 4, 4)
    loss = packed_loss(model, **make_rows([([5, 6, 7], 3)]))
    loss.backward()
    assert loss.item() == 0
    assert all(weight.grad is None or not weight.grad.any() for weight in model.parameters())


def test_a_decoder_without_position_ids_keeps_examples_apart():
    torch.manual_seed(0)
    config = BloomConfig(vocab_size=150, hidden_size=32, n_layer=2, n_head=4)
    model = BloomForCausalLM(config).eval()
    alone = sum(
        packed_loss(model, **make_rows([example]), apart=True)
        for example in (([5, 6, 7, 8], 2), ([9, 10, 11], 1), ([12, 13, 14, 15, 16], 3))
    )
    together = make_rows([([5, 6, 7, 8], 2), ([9, 10, 11], 1)], [([12, 13, 14, 15, 16], 3)])
    found = packed_loss(model, **together, apart=True)
    torch.testing.assert_close(found, alone, rtol=1e-5, atol=1e-5)
    labels = torch.tensor([[-100, -100, 7, 8]])
    expected = model(input_ids=torch.tensor([[5, 6, 7, 8]]), labels=labels).loss * 2
    row = make_rows([([5, 6, 7, 8], 2)])
    torch.testing.assert_close(packed_loss(model, **row, apart=True), expected)
