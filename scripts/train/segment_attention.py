"""Attention of packed rows, example by example, where there is no FlashAttention (on CPUs)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface

from scripts.train.shared_prefixes import Bucket

NAME = "segments"


def attend(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: None,
    scaling: float | None = None,
    buckets: Sequence[Bucket] = (),
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Return the attention output (1, tokens, heads, head width), in transformers' interface.

    Args:
        query: (1, heads, tokens, head width).
        key, value: (1, key heads, tokens, head width).
        buckets: the micro-batch's examples (see shared_prefixes).
    """
    heads, width = query.shape[1], query.shape[3]
    # PyTorch's bf16 kernel for CPUs takes up to three times as long on examples of 50 to 250 tokens
    # as the casts and the float32 one together, and gradients of shared beginnings add up exactly.
    half = query.dtype == torch.bfloat16 and query.device.type == "cpu"
    dtype = torch.float32 if half else query.dtype
    flat = [part[0].transpose(0, 1).to(dtype) for part in (query, key, value)]
    output = flat[0].new_zeros(query.shape[2], heads, width)
    for bucket in buckets:
        chosen = bucket.places.reshape(-1)
        # (examples, heads, longest, head width) each
        q, k, v = (
            part.index_select(0, chosen).view(*bucket.places.shape, -1, width).transpose(1, 2)
            for part in flat
        )
        # Causal, so that no mask is built and what is above the diagonal is skipped. Short examples
        # are padded after their end, where none of their tokens looks.
        found = scaled_dot_product_attention(
            q, k, v, is_causal=True, scale=scaling, enable_gqa=heads != key.shape[1]
        )
        found = found.transpose(1, 2).reshape(-1, heads, width).index_select(0, bucket.new)
        # Of a shared beginning every example finds the same; the first one writes it.
        output = output.index_copy(0, chosen.index_select(0, bucket.new), found)
    return output[None].to(query.dtype), None


def no_mask(*args: Any, **kwargs: Any) -> None:
    """Build no mask: the buckets say what may be attended to."""


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, no_mask)
