"""Logits at chosen places are those of the model's own forward pass."""

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from scripts.convert.head import ARITHMETIC, head_logits

SMALL = {
    "vocab_size": 96, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.3,
}  # fmt: skip
MODELS = {
    "llama": {},
    "granite": {"logits_scaling": 4.0},
    "cohere": {"logit_scale": 0.0625},
    "cohere2": {"logit_scale": 0.0625},
    "gemma2": {"final_logit_softcapping": 0.5, "head_dim": 8},
    "recurrent_gemma": {"logits_soft_cap": 0.5, "lru_width": 32, "attention_window_size": 8},
    "falcon_h1": {
        "lm_head_multiplier": 0.25,
        "mamba_d_ssm": 32,
        "mamba_n_heads": 4,
        "mamba_d_state": 8,
    },
}


@pytest.mark.parametrize("name", MODELS)
def test_they_are_the_models_own(name):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(name, **SMALL, **MODELS[name]))
    ids = torch.arange(12)[None]
    with torch.inference_mode():
        hidden = model.eval().base_model(input_ids=ids, use_cache=False).last_hidden_state
        expected = model(input_ids=ids, use_cache=False).logits[0]
        torch.testing.assert_close(head_logits(model, hidden[0]), expected)
        plain = model.get_output_embeddings()(hidden[0])
    changed = not torch.allclose(plain, expected, rtol=1e-3)
    assert changed == bool(ARITHMETIC.keys() & MODELS[name].keys())
