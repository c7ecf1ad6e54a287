"""Numbers of weights from configurations alone, and exactly from the tensors of a folder."""

import json

import pytest

from scripts.common.errors import InputError
from scripts.convert.model_shape import config_shape, count_weights, folder_shape
from scripts.study.recipe import Lora
from scripts.train.lora import add_lora
from tests.support.architectures import NAMES, make_model

MIXTRAL_8X7B = {
    "model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
    "num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 32000,
    "tie_word_embeddings": False,
}  # fmt: skip
QWEN3_30B_A3B = {
    "model_type": "qwen3_moe", "hidden_size": 2048, "intermediate_size": 6144, "head_dim": 128,
    "num_hidden_layers": 48, "num_attention_heads": 32, "num_key_value_heads": 4,
    "num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768,
    "decoder_sparse_step": 1, "mlp_only_layers": [], "vocab_size": 151936,
    "tie_word_embeddings": False,
}  # fmt: skip
DEEPSEEK_V3 = {
    "model_type": "deepseek_v3", "hidden_size": 7168, "intermediate_size": 18432,
    "num_hidden_layers": 61, "num_attention_heads": 128, "num_key_value_heads": 128,
    "n_routed_experts": 256, "num_experts_per_tok": 8, "n_shared_experts": 1,
    "moe_intermediate_size": 2048, "first_k_dense_replace": 3, "q_lora_rank": 1536,
    "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
    "vocab_size": 129280, "tie_word_embeddings": False,
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"num_hidden_layers": 10**9}, {"num_attention_heads": 0}, {"hidden_size": -1},
        {"vocab_size": "x"}, {"hidden_size": [4096, None, "x"]}, {"intermediate_size": 1.5},
        {"num_experts": {}, "num_local_experts": None}, {"text_config": {"vocab_size": 2**40}},
        {"text_config": [1]}, {"mlp_only_layers": 7, "first_k_dense_replace": None},
        {"kv_lora_rank": 4}, {"vocab_size": None},
    ],
)  # fmt: skip
def test_sizes_that_no_model_has_are_one_line(tmp_path, changes):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(MIXTRAL_8X7B | changes))
    with pytest.raises(InputError) as error:
        count_weights(config_shape(path))
    assert str(error.value).startswith(str(path)) and "\n" not in str(error.value)


def test_a_size_may_be_told_layer_by_layer(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(MIXTRAL_8X7B | {"intermediate_size": [14336, 100]}))
    assert config_shape(path).intermediate == 14336


@pytest.mark.parametrize(
    ("config", "total", "used"),
    # What their model cards say: all weights, and those that a token uses.
    [(MIXTRAL_8X7B, 46.7e9, 12.9e9), (QWEN3_30B_A3B, 30.5e9, 3.3e9), (DEEPSEEK_V3, 671e9, 37e9)],
)
def test_experts_are_counted(tmp_path, config, total, used):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    weights = count_weights(config_shape(path))
    assert weights.total == pytest.approx(total, rel=0.02)
    assert weights.multiplied == pytest.approx(used, rel=0.1)


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_s_weights_are_counted_and_so_are_its_adapters(name, tmp_path):
    model = make_model(name)
    model.save_pretrained(tmp_path)
    total = sum(weight.numel() for weight in model.parameters())
    shape = folder_shape(tmp_path)
    assert count_weights(shape).total == pytest.approx(total, rel=0.01)
    add_lora(model, Lora(rank=2))
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    assert count_weights(shape, Lora(rank=2)).trained == trained
