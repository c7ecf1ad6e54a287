"""Whether the sizes that a model announces are a model's.

They are counted to, multiplied and allocated before a weight has been read: a configuration of a
kilobyte that says 10^9 layers would fill the memory.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from scripts.common import limits
from scripts.common.errors import InputError, shorten

# Hugging Face's names; older configurations have words of their own.
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
SIZES = (
    "hidden_size", "n_embed", "n_embd", "d_model", "vocab_size", "intermediate_size", "n_inner",
    "ffn_dim", "num_attention_heads", "n_head", "n_heads", "attention_heads", "num_heads",
    "num_key_value_heads", "head_dim",
)  # fmt: skip
# Sizes of parts that a model may do without.
PARTS = (
    "num_experts", "num_local_experts", "n_routed_experts", "n_shared_experts",
    "moe_intermediate_size", "shared_expert_intermediate_size", "shared_intermediate_size",
    "num_experts_per_tok", "experts_per_token", "first_k_dense_replace", "decoder_sparse_step",
    "interleave_moe_layer_step", "q_lora_rank", "kv_lora_rank", "qk_nope_head_dim",
    "qk_rope_head_dim", "v_head_dim",
)  # fmt: skip
# In a GGUF file, behind the architecture's name.
GGUF_LAYERS = ("block_count",)
GGUF_SIZES = (
    "embedding_length", "feed_forward_length", "attention.head_count", "attention.head_count_kv",
    "attention.key_length", "attention.value_length", "expert_count", "expert_used_count",
)  # fmt: skip


def check_config(config: Mapping[str, Any], place: str) -> None:
    """Raise `InputError` where a `config.json` has a size that no model has, its text part too."""
    for part in (config, config.get("text_config")):
        if isinstance(part, Mapping):
            check_sizes(part, LAYERS, place, 1, limits.MODEL_LAYERS)
            check_sizes(part, SIZES, place, 1, limits.MODEL_SIZE)
            check_sizes(part, PARTS, place, 0, limits.MODEL_SIZE)


def check_gguf_settings(settings: Mapping[str, Any], place: str) -> None:
    """Raise `InputError` where the settings of a GGUF file have a size that no model has."""
    kind = settings.get("general.architecture")
    for names, most in (
        (GGUF_LAYERS, limits.MODEL_LAYERS),
        (GGUF_SIZES, limits.MODEL_SIZE),
    ):
        check_sizes(settings, [f"{kind}.{name}" for name in names], place, 0, most)


def check_sizes(
    told: Mapping[str, Any], names: Iterable[str], place: str, least: int, most: int
) -> None:
    """Raise `InputError` unless each value, or each of a list with one a layer, is within limits.

    None is a value that is not told.
    """
    for name in names:
        value = told.get(name)
        for one in value if isinstance(value, list) and name not in LAYERS else [value]:
            if one is not None and (type(one) is not int or one < least):
                expected = "a positive whole number" if least else "a whole number from 0 on"
                raise InputError(
                    f"{place}: {name}: found {shorten(repr(one))}, expected {expected}"
                )
            if one is not None and one > most:
                found = shorten(f"{one:,}")
                raise InputError(f"{place}: {name}: found {found}, expected at most {most:,}")
