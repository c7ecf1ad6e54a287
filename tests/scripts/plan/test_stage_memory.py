"""What training holds: the papers' figures, and what autograd saves for the backward pass."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from scripts.convert.model_shape import Shape, Weights, count_weights
from scripts.plan.stage_memory import GIB, block_bytes, hold_states, measure_stage
from scripts.study.recipe import Lora
from scripts.study.run import Run
from tests.support.shapes import BF16, BLOOM_7B1, LLAMA_7B, LLAMA_13B, SMOLLM2


@pytest.mark.parametrize(
    ("shape", "weights"),
    [
        # The numbers of parameters in the published checkpoints.
        (LLAMA_7B, 6_738_415_616),
        (LLAMA_13B, 13_015_864_320),
        (BLOOM_7B1, 7_069_016_064),
        (SMOLLM2, 134_515_008),
    ],
)
def test_published_models_have_their_published_number_of_weights(shape, weights):
    assert count_weights(shape).total == weights


@pytest.mark.parametrize(
    ("stage", "gigabytes"),
    # ZeRO (arXiv 1910.02054), figure 1: 7.5 billion weights on 64 devices.
    [(1, 31.4), (2, 16.6), (3, 1.9)],
)
def test_zero_shares_out_what_its_paper_says(stage, gigabytes):
    weights = Weights(7_500_000_000, 7_500_000_000, 0, 0, 0)
    kinds, host = hold_states(
        weights, BF16, Run(engine="deepspeed", zero=stage, devices=8, nodes=8)
    )
    states = sum(kinds[kind] for kind in ("parameters", "gradients", "optimizer"))
    assert states / 1e9 == pytest.approx(gigabytes, abs=0.06)
    assert host == 0


def test_offloading_moves_states_to_the_host_and_loses_none():
    weights = count_weights(LLAMA_7B)
    settings = Run(engine="deepspeed", zero=3, devices=8)
    here, _ = hold_states(weights, BF16, settings)
    some, host = hold_states(weights, BF16, replace(settings, offload="optimizer"))
    none, all_ = hold_states(weights, BF16, replace(settings, offload="all"))
    assert some["optimizer"] == some["gradients"] == 0 < some["parameters"]
    assert sum(some.values()) + host == pytest.approx(sum(here.values()))
    assert none["parameters"] == 0 and sum(none.values()) + all_ == pytest.approx(
        sum(here.values())
    )


def test_float32_weights_take_sixteen_bytes_each_whatever_the_precision():
    weights = count_weights(LLAMA_7B)
    for precision in ("fp32", "bf16"):
        kinds, _ = hold_states(weights, replace(BF16, precision=precision), Run())
        states = sum(kinds[kind] for kind in ("parameters", "gradients", "optimizer"))
        assert states == 16 * weights.total
    assert kinds["buffers"] == 2 * weights.total


def test_auto_is_planned_as_the_larger_precision():
    for run in (Run(), Run(engine="deepspeed"), Run(gradient_checkpointing=True)):
        auto, *said = (
            measure_stage("x", LLAMA_7B, replace(BF16, precision=precision), run).total
            for precision in ("auto", "fp32", "bf16")
        )
        assert auto == max(said) > min(said)


def test_lora_trains_its_factors_alone_and_four_bits_shrink_the_rest():
    lora = Lora(rank=8, targets=("q_proj", "v_proj"))
    weights = count_weights(LLAMA_7B, lora)
    assert weights.trained == 4_194_304  # as peft prints for LLaMA-7B with this setting
    whole, _ = hold_states(weights, replace(BF16, lora=lora), Run())
    small, _ = hold_states(weights, replace(BF16, lora=replace(lora, bits=4)), Run())
    assert whole["optimizer"] == 8 * weights.trained
    assert small["parameters"] < 0.3 * whole["parameters"]


def test_checkpointing_and_fewer_rows_shrink_activations():
    sizes = [
        measure_stage("x", LLAMA_7B, BF16, Run(micro_batch=rows, gradient_checkpointing=saved))
        for rows, saved in ((4, False), (2, False), (4, True))
    ]
    full, half, checkpointed = (stage.kinds["activations"] for stage in sizes)
    assert half == full / 2
    assert checkpointed < full / 5
    assert sizes[0].total > 80 * GIB


def saved_bytes(
    shape: Shape, form: str, attention: str, layers: int, rows: int, length: int
) -> int:
    """Return the bytes that autograd saves in a model of so many layers, weights left out."""
    import torch
    from transformers import BloomConfig, BloomModel, LlamaConfig, LlamaModel

    if shape.gated:
        config = LlamaConfig(
            vocab_size=32, hidden_size=shape.width, intermediate_size=shape.intermediate,
            num_hidden_layers=layers, num_attention_heads=shape.heads,
            num_key_value_heads=shape.kv_heads, attn_implementation=attention,
        )  # fmt: skip
        model = LlamaModel(config)
        positions = {"position_ids": (torch.arange(length) % (length // 2)).repeat(rows, 1)}
    else:
        config = BloomConfig(
            vocab_size=32, hidden_size=shape.width, n_layer=layers, n_head=shape.heads
        )
        model, positions = BloomModel(config), {}
    model = (model.bfloat16() if form == "cast" else model).train()
    matrices = {weight.shape for weight in model.parameters() if weight.ndim == 2}
    matrices |= {shape[::-1] for shape in matrices}
    storages = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    kept = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        # Autocast's copies of weights are counted with the buffers.
        copy = form == "autocast" and tensor.shape in matrices and tensor.dtype == torch.bfloat16
        if not copy and tensor.untyped_storage().data_ptr() not in storages:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    casting = torch.autocast("cpu", torch.bfloat16) if form == "autocast" else nullcontext()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), casting:
        model(input_ids=torch.zeros(rows, length, dtype=int), use_cache=False, **positions)
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


@pytest.mark.parametrize("form", ["full", "autocast", "cast"])
@pytest.mark.parametrize(
    ("shape", "attention"),
    [
        (Shape(1, 64, 4, 2, 160, 32, True), "sdpa"),
        (Shape(1, 96, 6, 6, 256, 32, True), "sdpa"),
        (Shape(1, 64, 4, 2, 160, 32, True), "eager"),
        (Shape(1, 64, 4, 4, 256, 32, True, gated=False), "eager"),
    ],
)
def test_a_block_saves_for_backward_what_is_planned(shape, attention, form):
    """Within one per cent of what PyTorch saves on packed rows, block for block."""
    rows, length = 2, 40
    one, three = (saved_bytes(shape, form, attention, n, rows, length) for n in (1, 3))
    measured = (three - one) / 2 / (rows * length)
    assert block_bytes(shape, length, form, attention) == pytest.approx(measured, rel=0.01)
