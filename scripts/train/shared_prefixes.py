"""Packed rows without waste: beginnings that examples of a micro-batch share are computed once.

A mask that confines attention to examples costs as much as attention over whole rows: of rows of
512 tokens that hold examples of 130, three quarters of the products are thrown away. And the
examples of instruction tuning begin alike (a preamble, "Translate from English to Chinese."), which
each computes again. Here

- tokens of the same beginning are once in the decoder's input, whichever row they come from;
- padding, examples without loss and last tokens, from which nothing is predicted, are left out;
- attention is computed example by example, in batches of about the same length, without a mask.

Losses and gradients are those of the mask, up to rounding: a token's hidden state depends only
on the tokens before it, and every label is counted at its place.
"""

from dataclasses import dataclass

import numpy as np
import torch

from scripts.pack.packing import IGNORED

STEP = 64  # examples are batched with those whose length rounds up to the same multiple of it

Example = tuple[np.ndarray, np.ndarray]
Place = tuple[np.ndarray, int]


@dataclass(frozen=True)
class Bucket:
    """Examples of about the same length.

    `places`: (examples, longest), where each one's tokens are in the decoder's input; short ones
    are padded. `new`: flat indices into `places` of the tokens that no example before had.
    """

    places: torch.Tensor
    new: torch.Tensor


@dataclass(frozen=True)
class SharedPrefixes:
    """What the decoder computes for a micro-batch, and what is asked of it.

    `input_ids`, `position_ids`: (1, tokens). `predicts`: the places from which `targets` are
    predicted, both (loss-bearing tokens,).
    """

    input_ids: torch.Tensor
    position_ids: torch.Tensor
    buckets: list[Bucket]
    predicts: torch.Tensor
    targets: torch.Tensor


def merge_prefixes(
    input_ids: torch.Tensor, position_ids: torch.Tensor, labels: torch.Tensor
) -> SharedPrefixes:
    """Return the examples of packed rows, each (rows, length), with shared beginnings merged."""
    examples = find_examples(input_ids, position_ids, labels)
    places = place_examples([example for example, _ in examples])
    total = max(int(place.max()) + 1 for place, _ in places)
    tokens, depths = np.zeros((2, total), dtype=np.int64)
    for (example, _), (place, _) in zip(examples, places, strict=True):
        tokens[place] = example
        depths[place] = np.arange(len(example))
    predicts, targets = find_targets(examples, [place for place, _ in places])
    return SharedPrefixes(
        torch.from_numpy(tokens)[None],
        torch.from_numpy(depths)[None],
        fill_buckets(places),
        predicts,
        targets,
    )


def find_examples(
    input_ids: torch.Tensor, position_ids: torch.Tensor, labels: torch.Tensor
) -> list[Example]:
    """Return (tokens, targets) of the examples that carry loss, in the order of their tokens.

    A token's target is the label after it; the tokens end where nothing more is predicted. Of
    rows that teach nothing the first token is returned, for every process must compute something.
    """
    ids, positions, wanted = (
        part.reshape(-1).cpu().numpy() for part in (input_ids, position_ids, labels)
    )
    starts = np.flatnonzero(positions == 0)
    found = []
    for start, end in zip(starts, [*starts[1:], len(ids)], strict=True):
        targets = wanted[start + 1 : end]
        last = np.flatnonzero(targets != IGNORED)
        if len(last):
            size = int(last[-1]) + 1
            found.append((ids[start : start + size], targets[:size]))
    # Big-endian bytes sort as the tokens do, so that those who share a beginning are neighbours.
    found.sort(key=lambda example: example[0].astype(">u4").tobytes())
    return found or [(ids[:1], np.array([IGNORED]))]


def place_examples(examples: list[np.ndarray]) -> list[Place]:
    """Return each example's places in the decoder's input, and how many it shares with others."""
    places: list[Place] = []
    used = 0
    for number, example in enumerate(examples):
        shared = common_start(examples[number - 1], example) if number else 0
        new = np.arange(used, used + len(example) - shared)
        before = places[-1][0][:shared] if shared else new[:0]
        places.append((np.concatenate([before, new]), shared))
        used += len(new)
    return places


def common_start(one: np.ndarray, other: np.ndarray) -> int:
    """Return how many tokens two examples share from their beginning on."""
    size = min(len(one), len(other))
    different = np.flatnonzero(one[:size] != other[:size])
    return int(different[0]) if len(different) else size


def find_targets(
    examples: list[Example], places: list[np.ndarray]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the places that predict, and the labels that they predict."""
    kept = [targets != IGNORED for _, targets in examples]
    predicts = [place[keep] for place, keep in zip(places, kept, strict=True)]
    targets = [found[keep] for (_, found), keep in zip(examples, kept, strict=True)]
    return torch.from_numpy(np.concatenate(predicts)), torch.from_numpy(np.concatenate(targets))


def fill_buckets(places: list[Place]) -> list[Bucket]:
    """Return the examples in batches of about the same length."""
    classes: dict[int, list[Place]] = {}
    for place in places:
        classes.setdefault(-(-len(place[0]) // STEP), []).append(place)
    return [fill_bucket(members) for _, members in sorted(classes.items())]


def fill_bucket(members: list[Place]) -> Bucket:
    """Return one batch; padding is after an example, where causal attention does not look."""
    longest = max(len(place) for place, _ in members)
    filled = np.zeros((len(members), longest), dtype=np.int64)
    new = np.zeros((len(members), longest), dtype=bool)
    for row, (place, shared) in enumerate(members):
        filled[row, : len(place)] = place
        new[row, shared : len(place)] = True
    return Bucket(torch.from_numpy(filled), torch.from_numpy(np.flatnonzero(new)))
