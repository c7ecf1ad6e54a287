"""A measurement of the loss is no training: nothing is dropped out, no random number is drawn."""

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from scripts.study.recipe import Lora
from scripts.train.lora import add_lora
from scripts.train.packed_loss import PackedLoss


def make_module(form: str) -> PackedLoss:
    """Return a small model that drops attention, or inputs of adapters, as it trains."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=96, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, attn_implementation="eager",
        attention_dropout=0.5 if form == "attention" else 0.0,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config)
    if form == "lora":
        add_lora(model, Lora(rank=2, dropout=0.5))
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight)
    return PackedLoss(model.train())


@pytest.mark.parametrize("form", ["attention", "lora"])
def test_a_measurement_drops_nothing_and_leaves_training_as_it_was(form):
    ids = torch.arange(20)[None]
    rows = {"input_ids": ids, "position_ids": ids, "labels": ids}
    module = make_module(form)
    before = torch.get_rng_state()
    with torch.no_grad():
        measured = [module(**rows).item() for _ in range(2)]
    assert torch.equal(torch.get_rng_state(), before)
    assert measured[0] == measured[1]
    trained = module(**rows)
    assert trained.requires_grad and module.model.training
    assert not torch.equal(torch.get_rng_state(), before)
    assert abs(trained.item() - measured[0]) > 1e-3
    torch.set_rng_state(before)
    assert module(**rows).item() == trained.item()


def test_columns_behind_the_last_label_cost_nothing_and_change_nothing():
    module = make_module("attention").eval()
    seen = []
    module.model.model.register_forward_pre_hook(
        lambda _, __, given: seen.append(given["input_ids"].shape[1]), with_kwargs=True
    )
    ids = torch.arange(20)[None] % 90
    rows = {"input_ids": ids, "position_ids": ids, "labels": ids}
    rest = torch.arange(300)[None]
    padded = {
        "input_ids": torch.cat([ids, torch.zeros_like(rest)], 1),
        "position_ids": torch.cat([ids, rest], 1),
        "labels": torch.cat([ids, torch.full_like(rest, -100)], 1),
    }
    with torch.no_grad():
        short, long = module(**rows).item(), module(**padded).item()
    assert abs(short - long) < 1e-4 and seen == [20, 64]
