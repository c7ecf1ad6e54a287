"""Greedy decoding of a batch in which finished rows cost nothing.

`transformers`' ``generate`` computes every row until the last one has ended; a model in training
always has a row that generates up to the token limit. Here a row leaves the batch, and the cache,
when it ends (docs/performance.md has the ratio).
"""

import torch
from transformers import DynamicCache, PreTrainedModel

from scripts.convert.reach import sees_all
from scripts.infer.prefix import cache_name, prefix_cache, shared_length

# The ways of decoding a batch, from the fastest.
SHARED = "shared beginnings"
PADDED = "padded prompts"
SINGLE = "a prompt at a time"
WHOLE = "a prompt at a time, without a cache"


def decode_greedily(
    model: PreTrainedModel,
    prompts: list[list[int]],
    ends: list[list[int]],
    limit: int,
    pad: int,
    way: str = SHARED,
) -> list[list[int]]:
    """Return the ids that follow each prompt, the closing ones included.

    A row ends when its last ids equal one of `ends`, or after `limit` ids. What prompts do not
    share is padded on the left with `pad`; positions count a prompt's own ids only. A model whose
    layers do not see all of a row gets no shared beginning, behind which padding would lie; one
    that keeps a state no padding either (`SINGLE`); what no cache serves, none (`WHOLE`).
    """
    if way == WHOLE:
        return [decode_whole(model, prompt, ends, limit) for prompt in prompts]
    if way == SINGLE and len(prompts) > 1:
        return [decode_greedily(model, [prompt], ends, limit, pad, way)[0] for prompt in prompts]
    share = way == SHARED and sees_all(model, max(map(len, prompts)) + limit)
    shared = shared_length(prompts) if share else 0
    cache = prefix_cache(model, prompts[0][:shared], len(prompts))
    ids, own = pad_left([prompt[shared:] for prompt in prompts], pad, model.device)
    mask = torch.cat([own.new_ones(len(prompts), shared), own], dim=1)
    # Padding is masked, so its position is any; a prompt's own ids count from the prefix on.
    positions = shared + (own.cumsum(1) - 1).clamp(min=0)
    answers: list[list[int]] = [[] for _ in prompts]
    alive = list(range(len(prompts)))  # the row of `prompts` that each row of the batch is
    for _ in range(limit):
        output = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            **{cache_name(model): cache},
            use_cache=True,
            logits_to_keep=1,  # of the prompt only the last position predicts something new
        )
        ids = output.logits[:, -1].argmax(-1, keepdim=True)
        for row, token in zip(alive, ids[:, 0].tolist(), strict=True):
            answers[row].append(token)
        kept = [place for place, row in enumerate(alive) if not has_ended(answers[row], ends)]
        if not kept:
            break
        positions = positions[:, -1:] + 1
        if len(kept) < len(alive):
            alive = [alive[place] for place in kept]
            # Cheaper than computing ended rows to the end: the cache is copied once an ending.
            ids, mask, positions = keep_rows(kept, cache, ids, mask, positions)
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
    return answers


def decode_whole(
    model: PreTrainedModel, prompt: list[int], ends: list[list[int]], limit: int
) -> list[int]:
    """Return the ids that follow a prompt, each from a pass over all before it."""
    answer: list[int] = []
    while len(answer) < limit and not has_ended(answer, ends):
        ids = torch.tensor([prompt + answer], device=model.device)
        answer.append(int(model(input_ids=ids, use_cache=False).logits[0, -1].argmax()))
    return answer


def pad_left(
    rows: list[list[int]], pad: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids and attention mask of shape (rows, longest row)."""
    width = max(map(len, rows))
    ids = [[pad] * (width - len(row)) + row for row in rows]
    mask = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def keep_rows(
    kept: list[int], cache: DynamicCache, *tensors: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """Take the rows that are `kept` out of `tensors`, and leave only them in the cache."""
    index = torch.tensor(kept, device=tensors[0].device)
    cache.batch_select_indices(index)
    return tuple(tensor[index] for tensor in tensors)


def has_ended(answer: list[int], ends: list[list[int]]) -> bool:
    """Tell whether the answer's last ids close it."""
    return any(answer[-len(end) :] == end for end in ends)
