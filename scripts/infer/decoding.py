"""The ways of decoding prompts: the fastest, and plain ones for models that it does not serve."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from transformers import DynamicCache, PreTrainedModel

from scripts.convert.reach import sees_all
from scripts.infer.decode import Decoder
from scripts.infer.ending import has_ended
from scripts.infer.padding import pad_left
from scripts.infer.pick import Ended, Pick, Row, pick_likeliest
from scripts.infer.prefix import cache_name

SLOTS = "ended rows replaced"
PADDED = "padded prompts"
SINGLE = "a prompt at a time"
WHOLE = "a prompt at a time, without a cache"
Done = Callable[[int], None]


@dataclass(frozen=True)
class Decoding:
    """How rows are decoded: by which way, `slots` at a time, in passes of `tile` rows (0: any)."""

    way: str = SLOTS
    slots: int = 32
    tile: int = 0


def decode_greedily(
    model: PreTrainedModel,
    prompts: list[list[int]],
    ends: list[list[int]],
    limit: int,
    pad: int,
    way: str = SLOTS,
) -> list[list[int]]:
    """Return the likeliest ids that follow each prompt, the closing ones included.

    A row ends when its last ids equal one of `ends`, or after `limit` ids.
    """

    def ended(row: Row) -> bool:
        return len(row.answer) >= limit or has_ended(row.answer, ends)

    decoding = Decoding(way, len(prompts))
    return decode_rows(model, prompts, pick_likeliest, ended, limit, pad, decoding)


def decode_rows(
    model: PreTrainedModel,
    prompts: list[list[int]],
    pick: Pick,
    ended: Ended,
    limit: int,
    pad: int,
    decoding: Decoding,
    done: Done = lambda row: None,
) -> list[list[int]]:
    """Return the ids that follow each prompt, as `pick` takes them, until a row has `ended`.

    A model whose layers do not see all of a row counts distances in the layout, so that its rows
    are padded on the left; one that keeps a state has no padding either (`SINGLE`); what no cache
    serves, none (`WHOLE`). `done` is told each row that has ended.
    """
    way = decoding.way
    answers: list[list[int]] = [[] for _ in prompts]
    near = see_all(model, prompts, limit, decoding.tile) if way == SLOTS else []
    if near:
        decoder = Decoder(model, pick, ended, decoding.slots, decoding.tile)
        answers = decoder.decode(prompts, near, done)
    far = sorted({*range(len(prompts))} - {*near})
    rows = [Row(number, len(prompts[number])) for number in far]
    size = 1 if way in (SINGLE, WHOLE) or decoding.tile else decoding.slots
    decode = decode_whole if way == WHOLE else partial(decode_padded, pad=pad)
    for start in range(0, len(rows), size):
        batch = rows[start : start + size]
        decode(model, batch, [prompts[row.number] for row in batch], pick, ended)
        for row in batch:
            answers[row.number] = row.answer
            done(row.number)
    return answers


def see_all(
    model: PreTrainedModel, prompts: list[list[int]], limit: int, tile: int
) -> Sequence[int]:
    """Return the numbers of the prompts whose answers' tokens see all before them.

    With tiles each by itself, so that the way of one does not depend on the others; else all of
    them or none, which then share batches.
    """
    near = [n for n, prompt in enumerate(prompts) if sees_all(model, len(prompt) + limit)]
    return near if tile or len(near) == len(prompts) else []


def decode_padded(
    model: PreTrainedModel,
    rows: list[Row],
    prompts: list[list[int]],
    pick: Pick,
    ended: Ended,
    pad: int,
) -> None:
    """Answer rows together, padded on the left with `pad`; one that ends leaves batch and cache.

    Positions count a prompt's own ids only.
    """
    cache = DynamicCache(config=model.config)
    ids, mask = pad_left(prompts, pad, model.device)
    # Padding is masked, so its position is any.
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    while rows:
        output = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            **{cache_name(model): cache},
            use_cache=True,
            logits_to_keep=1,  # of the prompt only the last position predicts something new
        )
        tokens = pick(rows, output.logits[:, -1])
        for row, token in zip(rows, tokens, strict=True):
            row.answer.append(token)
        kept = [place for place, row in enumerate(rows) if not ended(row)]
        ids = torch.tensor(tokens, device=model.device)[:, None]
        positions = positions[:, -1:] + 1
        if 0 < len(kept) < len(rows):
            # Cheaper than computing ended rows to the end: the cache is copied once an ending.
            ids, mask, positions = keep_rows(kept, cache, ids, mask, positions)
        rows = [rows[place] for place in kept]
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)


def decode_whole(
    model: PreTrainedModel, rows: list[Row], prompts: list[list[int]], pick: Pick, ended: Ended
) -> None:
    """Answer rows, each token from a pass over all before it."""
    for row, prompt in zip(rows, prompts, strict=True):
        while not row.answer or not ended(row):
            ids = torch.tensor([prompt + row.answer], device=model.device)
            row.answer += pick([row], model(input_ids=ids, use_cache=False).logits[:, -1])


def keep_rows(
    kept: list[int], cache: DynamicCache, *tensors: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """Take the rows that are `kept` out of `tensors`, and leave only them in the cache."""
    index = torch.tensor(kept, device=tensors[0].device)
    cache.batch_select_indices(index)
    return tuple(tensor[index] for tensor in tensors)
