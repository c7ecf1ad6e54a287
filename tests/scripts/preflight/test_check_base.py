"""The base's architecture is measured; what the study needs and is not exact is refused."""

import pytest
from transformers import AutoConfig, LlamaConfig

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.plan.convert import needed_subjects
from scripts.preflight import check_base
from scripts.preflight.check_base import SUBJECTS
from scripts.train import ways
from tests.support.architectures import make_config
from tests.support.studies import default_study

FASTEST = {
    "pack": "segments",
    "train": "segments",
    "generate": "ended rows replaced",
    "rank": "choices in one row",
    "measure": "padded texts",
    "extend": "more rows",
    "export": "whole",
    "gradient checkpointing": "recomputed",
    "LoRA": "merged",
}


def check(folder, output, *options):
    words = ["--model", str(folder), "--output", str(output), *options]
    check_base.main(check_base.parser().parse_args(words))
    return read_json(output)


def test_of_a_llama_the_fastest_ways_are_taken(tmp_path):
    LlamaConfig(num_hidden_layers=3, num_key_value_heads=8).save_pretrained(tmp_path)
    found = check(tmp_path, tmp_path / "checks" / "base.json", "--needed", *SUBJECTS)
    assert found["ways"] == FASTEST
    assert all(max(tried.values()) <= 1e-5 for tried in (found["tried"]["generate"],))


def test_what_a_study_needs_and_no_way_is_exact_is_refused(tmp_path, monkeypatch):
    make_config("llama").save_pretrained(tmp_path)
    monkeypatch.setitem(SUBJECTS, "LoRA", lambda config: {"merged": "no gradient"})
    output = tmp_path / "base.json"
    assert check(tmp_path, output, "--subjects", "LoRA", "measure")["ways"]["LoRA"] is None
    output.unlink()
    with pytest.raises(InputError, match=r"llama has no exact way to LoRA \(merged: no gradient\)"):
        check(tmp_path, output, "--subjects", "LoRA", "measure", "--needed", "LoRA")
    assert not output.exists()


def test_training_takes_what_was_written_and_measures_where_it_is_of_another_model(
    tmp_path, monkeypatch
):
    falcon, llama = tmp_path / "falcon", tmp_path / "llama"
    make_config("falcon-rope").save_pretrained(falcon)
    make_config("llama").save_pretrained(llama)
    checks = tmp_path / "base.json"
    check(falcon, checks, "--subjects", "pack")
    asked = []
    monkeypatch.setattr(ways, "measure_packing", lambda config: asked.append(config) or {"sdpa": 0})
    assert ways.choose_way("auto", falcon, "fp32", "cpu", checks).apart
    assert not asked
    assert ways.choose_way("auto", llama, "fp32", "cpu", checks) == ways.Way("sdpa")
    assert [config.model_type for config in asked] == ["llama"]


def test_a_study_needs_what_it_does():
    assert needed_subjects(default_study()) == [
        name for name in SUBJECTS if name not in ("train", "gradient checkpointing", "LoRA")
    ]
    recipe = {"instruct": {"lora": {"rank": 8}}}
    found = needed_subjects(default_study(recipes=recipe, run={"gradient_checkpointing": True}))
    # what `run` says is checked by the stage itself; gradients are told, not refused for rounding
    assert {*found, "gradient checkpointing", "train"} == set(SUBJECTS)


def test_a_configuration_of_text_and_vision_is_measured_as_its_text(tmp_path):
    make_config("gemma3-vision").save_pretrained(tmp_path)
    config = AutoConfig.from_pretrained(tmp_path)
    assert ways.measure_packing(config)["sdpa"] <= 1e-5
