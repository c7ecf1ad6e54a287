"""The order in which examples are seen: shuffled once a pass, groups interleaved by weight."""

import random
from array import array
from collections.abc import Iterator
from itertools import count

from scripts.common.errors import InputError
from scripts.pack.rendering import Example


def read_order(size: int, seed: int, name: str, passes: int | None) -> Iterator[tuple[int, int]]:
    """Yield (position, pass) of `size` records, shuffled again in each pass.

    Endless if `passes` is None. A pass keeps four bytes a record.

    Raises:
        InputError: if there are no records.
    """
    if not size:
        raise InputError(f"{name}: no records are left after slicing and filtering")
    for number in count() if passes is None else range(passes):
        order = array("i", range(size))
        random.Random(f"{seed}:{name}:{number}").shuffle(order)
        for position in order:
            yield position, number


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
