"""A model computes in bf16 and trains in float32: gradients, steps, frozen weights, checkpoints."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from scripts.study.recipe import Lora, Optimization
from scripts.study.run import Run
from scripts.train.engines.single import Single
from scripts.train.half_weights import HalfWeights
from scripts.train.lora import add_lora
from scripts.train.new_rows import add_new_rows
from scripts.train.packed_loss import PackedLoss
from scripts.train.processes import Processes
from scripts.train.segment_attention import NAME

ALONE = Processes(0, 1, torch.device("cpu"))
RECIPE = Optimization(batch=1, learning_rate=0.01, precision="bf16")


def make_model(tied: bool = False, attention: str = NAME):
    """Return a random model; the same weights each time."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=96, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, attn_implementation=attention,
        tie_word_embeddings=tied,
    )  # fmt: skip
    return AutoModelForCausalLM.from_config(config).train()


def batch(seed: int = 1) -> dict[str, torch.Tensor]:
    """Return a packed row; its tokens recur."""
    chance = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, 20, (1, 40), generator=chance)
    return {"input_ids": ids, "position_ids": torch.arange(40)[None], "labels": ids}


def open_single(model) -> Single:
    return Single(PackedLoss(model), RECIPE, Run(), ALONE)


def test_gradients_are_those_of_a_bf16_model_and_add_up_in_float32():
    engine, plain, expected = open_single(make_model()), PackedLoss(make_model()), {}
    for weight in plain.parameters():  # not the buffers: angles of positions stay float32
        weight.data = weight.data.bfloat16()
    for seed in (1, 2, 3):
        engine.backward(engine.loss(batch(seed)), last=seed == 3)
        plain(**batch(seed)).backward()
        for name, weight in plain.named_parameters():
            expected[name] = expected.get(name, 0) + weight.grad.float()
            weight.grad = None
    for name, weight in engine.module.named_parameters():
        assert weight.dtype == weight.grad.dtype == torch.float32
        if "embed_tokens" in name:  # a token's places are summed in float32, not in bf16
            torch.testing.assert_close(weight.grad, expected[name], rtol=0.05, atol=0.05)
        else:
            assert torch.equal(weight.grad, expected[name]), name


def test_a_step_too_small_for_bf16_is_not_lost():
    engine = open_single(make_model())
    before = {name: weight.clone() for name, weight in engine.weights().items()}
    for seed in range(3):
        engine.backward(engine.loss(batch(seed)), last=True)
        engine.step(1e-6)
    norm = "model.norm.weight"
    changed = engine.weights()[norm] - before[norm]
    assert 1e-6 < changed.abs().mean() < 3e-6
    assert torch.equal(engine.weights()[norm].bfloat16(), before[norm].bfloat16())


@pytest.mark.parametrize("tied", [False, True])
def test_the_forward_pass_takes_the_weights_of_the_last_step(tmp_path: Path, tied):
    engine = open_single(make_model(tied))
    with torch.no_grad():
        untrained = engine.loss(batch())
    engine.backward(engine.loss(batch()), last=True)
    engine.step(0.01)
    engine.save(tmp_path)
    trained = make_model(tied)
    trained.load_state_dict(engine.weights(), strict=not tied)
    resumed = open_single(make_model(tied))
    resumed.load(tmp_path)
    with torch.no_grad():
        losses = [each.loss(batch()) for each in (engine, open_single(trained), resumed)]
    assert losses[0] == losses[1] == losses[2] < untrained


def test_gradient_checkpointing_changes_no_bit():
    found = []
    for checkpointed in (False, True):
        model = make_model()
        if checkpointed:
            model.activation_checkpointing_enable({"use_reentrant": False})
            model.enable_input_require_grads()
        engine = open_single(model)
        engine.backward(engine.loss(batch()), last=True)
        found.append([weight.grad for weight in engine.module.parameters()])
    assert all(torch.equal(*pair) for pair in zip(*found, strict=True))


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("form", ["lora", "new_rows"])
def test_frozen_weights_are_held_once_and_trained_ones_in_float32(form, tied):
    model = make_model(tied)
    if form == "lora":
        add_lora(model, Lora(rank=2))
    else:
        add_new_rows(model, range(10, 20))
    module = PackedLoss(model)
    half = HalfWeights(module, torch.bfloat16)
    half.connect()
    module(**batch()).backward()
    for name, weight in module.named_parameters():
        trained = "lora_" in name or "rows" in name
        assert weight.requires_grad == trained
        assert weight.dtype == (torch.float32 if trained else torch.bfloat16), name
        assert (weight.grad is not None) == trained
        assert not trained or weight.grad.dtype == torch.float32
    assert sum(copy.numel() for copy in half.copies.values()) <= sum(
        weight.numel() for weight in module.parameters() if weight.requires_grad
    )
