"""Every engine trains the same model: same losses step by step, same weights at the end."""

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from scripts.common.files import ROOT, read_json
from tests.support.training_runs import ENGINES, Run, losses, stage_options

STAGE = "x-tiny-zh"


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_gives_the_losses_and_weights_of_one_process(tiny_study, forks, tmp_path, name):
    size, options = ENGINES[name]
    model = Run(forks, [*stage_options(tiny_study, STAGE), *options], tmp_path, size).finish()
    single = tiny_study / "results/models" / STAGE
    assert losses(model) == pytest.approx(losses(single), rel=1e-5)
    expected, found = (load_file(path / "model.safetensors") for path in (single, model))
    assert found.keys() == expected.keys()
    for key, weight in expected.items():
        torch.testing.assert_close(found[key], weight, rtol=1e-4, atol=1e-5)
    loaded = AutoModelForCausalLM.from_pretrained(model)
    assert loaded.config.vocab_size == len(loaded.get_input_embeddings().weight)


@pytest.mark.parametrize("model", read_json(ROOT / "tests/support/golden_losses.json"))
def test_losses_are_the_golden_ones(tiny_study, model):
    """A change of numerics shows here.

    The file holds the losses in `results/models/*/train_log.jsonl` of the tiny study, from the
    commit that changed how rows are filled; the first one of each stage was compared with plain
    passes of single examples.
    """
    golden = read_json(ROOT / "tests/support/golden_losses.json")[model]
    assert losses(tiny_study / "results/models" / model) == pytest.approx(golden, rel=1e-5)


def test_lora_trains_little_and_leaves_a_plain_model(tiny_study, forks, tmp_path):
    lora = ["--lora", '{"rank": 4, "alpha": 8, "dropout": 0.1}']
    options = [*stage_options(tiny_study, STAGE), *lora]
    model = Run(forks, [*options, "--learning-rate", "1e-2"], tmp_path).finish()
    idle = Run(forks, [*options, "--learning-rate", "1e-12"], tmp_path / "idle").finish()
    parent = load_file(tiny_study / "results/models/base/model.safetensors")
    trained = load_file(model / "model.safetensors")
    changed = {key for key, weight in trained.items() if not torch.equal(weight, parent[key])}
    assert trained.keys() == parent.keys()
    assert changed == {key for key in parent if "_proj" in key and "self_attn" in key}
    # On the same rows: those of another step are harder or easier.
    assert sum(losses(model)) < sum(losses(idle))


@pytest.mark.parametrize(
    ("precision", "name"),
    [("fp16", None), ("bf16", None)]
    + [("bf16", name) for name in ("ddp", "fsdp", "zero-2", "accumulated", "checkpointed")],
)
def test_half_precision_stays_near_float32(tiny_study, forks, tmp_path, precision, name):
    size, more = ENGINES[name] if name else (1, [])
    options = [*stage_options(tiny_study, STAGE), "--precision", precision, *more]
    model = Run(forks, options, tmp_path, size).finish()
    single = losses(tiny_study / "results/models" / STAGE)
    assert losses(model) == pytest.approx(single, rel=0.02)
    assert losses(model) != single
    assert {weight.dtype for weight in load_file(model / "model.safetensors").values()} == {
        torch.float32
    }


def test_lora_in_bf16_trains_the_same_little(tiny_study, forks, tmp_path):
    lora = ["--lora", '{"rank": 4, "alpha": 8}', "--learning-rate", "1e-2"]
    runs = {
        precision: Run(
            forks,
            [*stage_options(tiny_study, STAGE), *lora, "--precision", precision],
            tmp_path / precision,
        ).finish()
        for precision in ("fp32", "bf16")
    }
    assert losses(runs["bf16"]) == pytest.approx(losses(runs["fp32"]), rel=0.02)
    weights = {name: load_file(run / "model.safetensors") for name, run in runs.items()}
    parent = load_file(tiny_study / "results/models/base/model.safetensors")
    for key, weight in weights["bf16"].items():
        if "_proj" in key and "self_attn" in key:
            torch.testing.assert_close(weight, weights["fp32"][key], rtol=0.1, atol=0.02)
        else:
            assert torch.equal(weight, parent[key]), key
