"""The order in which examples are seen: shuffled once a pass, groups interleaved by weight."""

import random
from collections.abc import Iterator
from itertools import count
from typing import Any

from scripts.common.errors import InputError
from scripts.train.rendering import Example


def read_order(
    records: list[Any], seed: int, name: str, passes: int | None
) -> Iterator[tuple[int, Any]]:
    """Yield (position in the file, record), shuffled anew each pass; for ever if `passes` is None.

    Raises:
        InputError: if there are no records.
    """
    if not records:
        raise InputError(f"{name}: no records are left after slicing and filtering")
    for number in count() if passes is None else range(passes):
        order = list(range(len(records)))
        random.Random(f"{seed}:{name}:{number}").shuffle(order)
        for index in order:
            yield index, records[index]


def interleave(groups: list[tuple[float, Iterator[Example]]]) -> Iterator[Example]:
    """Yield from several endless streams so that their tokens keep the ratio of the weights.

    The next example comes from the stream that is furthest behind its share, so the ratio holds at
    every point of the training and not only on average.
    """
    tokens = [0.0] * len(groups)
    while True:
        index = min(range(len(groups)), key=lambda number: (tokens[number], number))
        weight, stream = groups[index]
        example = next(stream)
        tokens[index] += len(example.ids) / weight
        yield example
