"""A copy has every kind of layer and the arithmetic of the model, in few and narrow matrices."""

import pytest
from transformers import AutoConfig

from scripts.convert.small_copy import PIECES, WINDOW, make_copy, mark_of, small_config

GEMMA3 = {
    "model_type": "gemma3_text", "hidden_size": 2560, "intermediate_size": 10240,
    "num_hidden_layers": 34, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
    "sliding_window": 1024, "vocab_size": 262208,
}  # fmt: skip
DEEPSEEK_V3 = {"model_type": "deepseek_v3", "num_hidden_layers": 6}
QWEN3_NEXT = {"model_type": "qwen3_next", "num_hidden_layers": 8}
GRANITE_HYBRID = {
    "model_type": "granitemoehybrid", "hidden_size": 1536, "num_hidden_layers": 10,
    "mamba_n_heads": 48, "mamba_d_head": 64, "mamba_expand": 2, "num_local_experts": 62,
    "layer_types": ["linear_attention"] * 5 + ["full_attention"] + ["linear_attention"] * 4,
}  # fmt: skip
LARGE = {
    "gemma3": GEMMA3,
    "deepseek-v3": DEEPSEEK_V3,
    "qwen3-next": QWEN3_NEXT,
    "granite": GRANITE_HYBRID,
}


def config_of(settings):
    return AutoConfig.for_model(**settings)


@pytest.mark.parametrize("name", LARGE)
def test_a_large_model_becomes_a_small_one_with_each_kind_of_layer(name):
    config = config_of(LARGE[name])
    model = make_copy(config)
    assert sum(weight.numel() for weight in model.parameters()) < 40e6
    assert model.get_input_embeddings().weight.shape[0] == PIECES
    kinds = getattr(config, "layer_types", None) or []
    assert set(kinds) <= set(getattr(model.config, "layer_types", None) or [])
    dense = [hasattr(layer.mlp, "experts") for layer in model.model.layers if hasattr(layer, "mlp")]
    if name == "deepseek-v3":
        assert dense == [False, False, False, True]


def test_windows_shrink_and_heads_keep_their_width_and_their_sharing():
    small = small_config(config_of(GEMMA3))
    assert small.sliding_window == WINDOW
    assert small.head_dim == 256
    assert small.num_attention_heads // small.num_key_value_heads == 2
    assert small.num_hidden_layers == 6  # five with a window, then one that sees all


def test_what_training_adds_changes_no_mark_and_an_architecture_does():
    config = config_of(GEMMA3)
    mark = mark_of(config)
    config.vocab_size += 3200
    assert mark_of(config) == mark
    config.final_logit_softcapping = 30.0
    assert mark_of(config) != mark
