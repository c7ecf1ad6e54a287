"""The beginning that all prompts of a batch have in common is computed once for all rows.

Prompts of one benchmark open with the same turn marker and instruction: half of a short
translation prompt.
"""

from inspect import signature

import torch
from transformers import DynamicCache, PreTrainedModel

from scripts.convert.head import decoder_of


def shared_length(rows: list[list[int]]) -> int:
    """Return how many first ids all rows share, leaving each row at least one of its own.

    A row alone shares nothing: computing it in two parts would gain nothing.
    """
    if len(rows) == 1:
        return 0
    # In sorted order the first and the last row differ as early as any two rows do.
    first, last = min(rows), max(rows)
    limit = min(map(len, rows)) - 1
    differing = (place for place in range(limit) if first[place] != last[place])
    return next(differing, limit)


def cache_name(model: PreTrainedModel) -> str:
    """Return the name by which a model's forward pass takes its cache."""
    old = "cache_params"  # of Mamba and those after it
    return old if old in signature(model.forward).parameters else "past_key_values"


def prefix_cache(model: PreTrainedModel, prefix: list[int], rows: int) -> DynamicCache:
    """Return a cache in which each of `rows` rows has seen the ids `prefix`."""
    cache = DynamicCache(config=model.config)
    if prefix:
        # Computed for one row and copied, by the decoder alone: no logits are needed.
        ids = torch.tensor([prefix], device=model.device)
        decoder_of(model)(input_ids=ids, use_cache=True, **{cache_name(model): cache})
        cache.batch_repeat_interleave(rows)
    return cache
