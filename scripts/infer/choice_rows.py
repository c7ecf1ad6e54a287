"""Scoring all choices of a question in one row, the prompt computed once.

A row is prompt + choice + choice + …: each choice's positions continue the prompt's, and the
attention mask lets its tokens see the prompt and their own choice only. A choice's last token
predicts nothing, so it is left out; a choice of one token costs nothing at all.
"""

import torch
from transformers import PreTrainedModel

from scripts.convert.head import decoder_of
from scripts.convert.reach import sees_all
from scripts.infer.likelihood import token_log_probs
from scripts.infer.prefix import cache_name, prefix_cache, shared_length

# The ways of computing a question's choices, from the fastest.
ONE_ROW = "choices in one row"
APART = "a row a choice"
ALONE = "a choice at a time"
# Which part of a row a token is of: 0 the prompt, 1, 2, … the choices, PADDING none.
PADDING = -1


def score_choices(
    model: PreTrainedModel,
    prompts: list[list[int]],
    choices: list[list[list[int]]],
    pad: int,
    way: str = ONE_ROW,
) -> list[list[float]]:
    """Return log p(choice | prompt) in nats for each question's choices, all given as ids.

    A row of several choices is for layers that see all of it and go by position ids; else each
    choice has a row of its own (`APART`), or a pass of its own (`ALONE`).
    """
    width = max(len(p) + sum(map(len, c)) for p, c in zip(prompts, choices, strict=True))
    if way == ALONE:
        pairs = [(p, c) for p, options in zip(prompts, choices, strict=True) for c in options]
        found = [score_apart(model, [p], [[c]], pad)[0][0] for p, c in pairs]
        values = iter(found)
        return [[next(values) for _ in options] for options in choices]
    if way == APART or not sees_all(model, width):
        return score_apart(model, prompts, choices, pad)
    shared = shared_length(prompts)
    cache = prefix_cache(model, prompts[0][:shared], len(prompts))
    rows = [lay_out_row(*row, shared) for row in zip(prompts, choices, strict=True)]
    width = max(len(ids) for ids, _, _ in rows)
    ids, positions, parts = (
        torch.tensor([row[kind] + [fill] * (width - len(row[kind])) for row in rows]).to(
            model.device
        )
        for kind, fill in enumerate((pad, 0, PADDING))
    )
    # Only the hidden states: logits are computed below at the places that predict, which are few.
    hidden = decoder_of(model)(
        input_ids=ids,
        position_ids=positions,
        attention_mask=choice_mask(parts, shared, model.dtype),
        use_cache=True,
        **{cache_name(model): cache},
    ).last_hidden_state
    places = [
        (row, place, token)
        for row, (prompt, options) in enumerate(zip(prompts, choices, strict=True))
        for place, token in predictions(len(prompt) - shared, options)
    ]
    row, place, token = torch.tensor(places, device=model.device).T
    found = token_log_probs(model, hidden[row, place], token).tolist()
    return sum_by_choice(found, choices)


def score_apart(
    model: PreTrainedModel, prompts: list[list[int]], choices: list[list[list[int]]], pad: int
) -> list[list[float]]:
    """Return the same from a row for each prompt + choice, padded on the right, without a cache."""
    rows = [(p, c) for p, options in zip(prompts, choices, strict=True) for c in options]
    width = max(len(prompt) + len(choice) - 1 for prompt, choice in rows)
    # The last token predicts nothing, and the first padding token stands where it was.
    ids = [(p + c[:-1]) + [pad] * (width - len(p) - len(c) + 1) for p, c in rows]
    tensor = torch.tensor(ids, device=model.device)
    hidden = decoder_of(model)(input_ids=tensor, use_cache=False).last_hidden_state
    places = [
        (row, len(prompt) - 1 + place, token)
        for row, (prompt, choice) in enumerate(rows)
        for place, token in enumerate(choice)
    ]
    row, place, token = torch.tensor(places, device=model.device).T
    found = token_log_probs(model, hidden[row, place], token).tolist()
    return sum_by_choice(found, choices)


def lay_out_row(
    prompt: list[int], choices: list[list[int]], shared: int
) -> tuple[list[int], list[int], list[int]]:
    """Return a row's ids, positions and parts, without the prompt's first `shared` ids."""
    ids = prompt[shared:]
    positions = list(range(shared, len(prompt)))
    parts = [0] * len(ids)
    for number, choice in enumerate(choices, 1):
        inner = choice[:-1]  # the last token predicts nothing
        ids = ids + inner
        positions += range(len(prompt), len(prompt) + len(inner))
        parts += [number] * len(inner)
    return ids, positions, parts


def choice_mask(parts: torch.Tensor, shared: int, dtype: torch.dtype) -> torch.Tensor:
    """Return what to add to attention scores: 0 where seen, the lowest number elsewhere.

    `parts` is (rows, width), the mask (rows, 1, width, shared + width). The `shared` cached
    positions are seen by all. Padding sees itself, so that no softmax is over nothing.
    """
    width = parts.shape[1]
    query, key = parts[:, :, None], parts[:, None, :]
    # Causal within the row, and across parts only a choice sees the prompt.
    earlier = torch.ones(width, width, dtype=torch.bool, device=parts.device).tril()
    seen = earlier & ((key == query) | ((key == 0) & (query > 0)))
    seen = torch.cat([seen.new_ones(len(parts), width, shared), seen], dim=2)
    mask = torch.zeros(seen.shape, dtype=dtype, device=parts.device)
    return mask.masked_fill_(~seen, torch.finfo(dtype).min)[:, None]


def predictions(prompt: int, choices: list[list[int]]) -> list[tuple[int, int]]:
    """Return (place in the row that predicts, predicted token) for every token of the choices.

    `prompt` is how many of the row's ids are the prompt's.
    """
    pairs: list[tuple[int, int]] = []
    start = prompt
    for choice in choices:
        inner = range(start, start + len(choice) - 1)
        # The prompt's last token predicts each choice's first.
        pairs += zip([prompt - 1, *inner], choice, strict=True)
        start += len(choice) - 1
    return pairs


def sum_by_choice(found: list[float], choices: list[list[list[int]]]) -> list[list[float]]:
    """Add up token log-probabilities, given in order, to one number a choice."""
    values = iter(found)
    return [[sum(next(values) for _ in choice) for choice in row] for row in choices]
