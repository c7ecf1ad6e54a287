"""A tiny random Qwen 3 as a GGUF file: an architecture that transformers reads, in float32."""

import json
from pathlib import Path
from typing import Any

from tests.support.tiny_model import train_tokenizer

NORMAL, CONTROL, UNUSED = 1, 3, 5  # kinds of tokens


def make_model(size: int) -> Any:
    """Return a random two-layer Qwen 3, 64 wide."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(11)
    config = Qwen3Config(
        vocab_size=size,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=128,  # which transformers takes for granted in GGUF
        max_position_embeddings=256,
        rope_theta=50_000.0,
        rms_norm_eps=1e-5,
        initializer_range=0.2,
        tie_word_embeddings=False,
    )
    return Qwen3ForCausalLM(config).eval()


def write_gguf(path: Path, **settings: Any) -> tuple[Any, Any]:
    """Write the model and a byte-level tokenizer; return both.

    Settings are added under the architecture's name: `{"rope.scaling.type": "yarn"}`; a list of
    numbers is a tensor of its own.
    """
    import gguf

    tokenizer = train_tokenizer()
    model = make_model(-(-len(tokenizer) // 64) * 64)
    writer = gguf.GGUFWriter(path, "qwen3")
    add_shape(writer, model.config)
    add_tokenizer(writer, tokenizer, model.config.vocab_size)
    for key, value in settings.items():
        if isinstance(value, str):
            writer.add_string(f"qwen3.{key}", value)
        elif isinstance(value, float):
            writer.add_float32(f"qwen3.{key}", value)
        else:
            writer.add_tensor(key, value)
    add_tensors(writer, model)
    for write in ("header_to_file", "kv_data_to_file", "tensors_to_file"):
        getattr(writer, f"write_{write}")()
    writer.close()
    return model, tokenizer


def add_shape(writer: Any, config: Any) -> None:
    """Add what says how the model is built."""
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])


def add_tokenizer(writer: Any, tokenizer: Any, size: int) -> None:
    """Add a byte-level tokenizer, filled up with unused tokens."""
    tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    special = set(tokenizer.all_special_tokens)
    kinds = [CONTROL if token in special else NORMAL for token in tokens]
    unused = [f"[PAD{number}]" for number in range(len(tokens), size)]
    merges = json.loads(tokenizer.backend_tokenizer.to_str())["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens + unused)
    writer.add_token_types(kinds + [UNUSED] * len(unused))
    writer.add_token_merges([" ".join(merge) for merge in merges])
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_add_bos_token(False)


def add_tensors(writer: Any, model: Any) -> None:
    """Add the weights under their names in GGUF."""
    import gguf

    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, model.config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        stem, _, ending = name.rpartition(".")
        writer.add_tensor(f"{names.get_name(stem)}.{ending}", tensor.numpy())
