"""A LoRA target that the base has not is refused before a job, where the base is there."""

import pytest
import torch
from safetensors.torch import save_file

from scripts.common.errors import InputError
from scripts.plan.lora_targets import check_targets, list_layers
from scripts.study.lora_targets import TARGETS, find_targets
from scripts.study.recipe import Lora
from tests.support.studies import default_study

LAYERS = [f"model.layers.{number}.self_attn.{name}" for number in (0, 1) for name in TARGETS]


def study_with(targets: list[str]):
    return default_study(recipes={"instruct": {"lora": {"rank": 8, "targets": targets}}})


def write_weights(folder) -> None:
    folder.mkdir(parents=True)
    tensors = {f"{name}.weight": torch.zeros(2, 2) for name in [*LAYERS, "model.embed_tokens"]}
    save_file(tensors | {"model.norm.weight": torch.zeros(2)}, folder / "model.safetensors")


def test_a_target_that_no_layer_has_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_targets(study_with(["q_porj"]))  # the base is not there yet: nothing is known
    write_weights(tmp_path / "results/models/base")
    check_targets(study_with(["q_proj", "lm_head"]))
    with pytest.raises(InputError, match=r"models\.x-smollm2-zh: lora\.targets: .*'q_proj'"):
        # peft would adapt q_proj alone, without a word
        check_targets(study_with(["q_proj", "q_porj"]))


def test_only_matrices_are_layers(tmp_path):
    write_weights(tmp_path / "base")
    assert set(list_layers(tmp_path / "base")) == {*LAYERS, "model.embed_tokens", "lm_head"}
    assert list_layers(tmp_path / "none") == []


def test_a_target_is_a_layer_or_the_end_of_some():
    assert find_targets(Lora(rank=1), LAYERS) == list(TARGETS)
    whole = Lora(rank=1, targets=("self_attn.q_proj", "model.layers.1.self_attn.k_proj"))
    assert find_targets(whole, LAYERS) == list(whole.targets or ())
    with pytest.raises(InputError, match="no matrix 'proj'"):
        find_targets(Lora(rank=1, targets=("proj",)), LAYERS)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (["self_attn.qkv_proj", "self_attn.o_proj", "mlp.gate_up_proj"], ["qkv_proj", "o_proj"]),
        (
            ["attention.query_key_value", "attention.dense", "mlp.dense_h_to_4h"],
            ["query_key_value", "dense"],
        ),
        # The feed-forward layers of GPT-2 have a c_proj too.
        (["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"], ["c_attn", "attn.c_proj"]),
        (["norm_attn_norm.attn.Wqkv", "norm_attn_norm.attn.out_proj"], ["Wqkv", "out_proj"]),
        (["mixer.in_proj", "mixer.out_proj"], ["in_proj"]),
        (
            ["linear_attn.in_proj_qkvz", "linear_attn.out_proj", "self_attn.q_proj"],
            ["in_proj_qkvz", "out_proj", "q_proj"],
        ),
    ],
)
def test_the_matrices_that_mix_tokens_are_adapted_where_a_recipe_leaves_it_open(layers, expected):
    names = [f"model.layers.{number}.{name}" for number in (0, 1) for name in layers]
    assert find_targets(Lora(rank=1), [*names, "lm_head"]) == expected


def test_damaged_weights_cost_a_line_and_a_study_without_adapters_reads_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_weights(tmp_path / "results/models/base")
    file = tmp_path / "results/models/base/model.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    check_targets(default_study())
    with pytest.raises(InputError, match=r"model\.safetensors: cannot be read"):
        check_targets(study_with(["q_proj"]))
