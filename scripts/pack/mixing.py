"""The order in which records are seen, and whose turn it is among groups that have shares."""

import random
from array import array
from collections.abc import Iterator, Sequence
from itertools import count, islice
from typing import Literal

from scripts.common.errors import InputError
from scripts.pack.rendering import Example

Unit = Literal["tokens", "records"]


def read_order(size: int, seed: int, name: str, passes: float | None) -> Iterator[tuple[int, int]]:
    """Yield (position, pass) of `size` records, shuffled again in each pass.

    Endless if `passes` is None; of 2.5 passes the last one ends after half of the records. A pass
    keeps four bytes a record.

    Raises:
        InputError: if there are no records.
    """
    if not size:
        raise InputError(f"{name}: no records are left after slicing and filtering")
    for number in count():
        left = 1.0 if passes is None else min(1.0, passes - number)
        if left <= 0:
            return
        order = array("i", range(size))
        random.Random(f"{seed}:{name}:{number}").shuffle(order)
        for position in islice(order, round(size * left)):
            yield position, number


class Shares:
    """How far each of several groups is from its share of what the rows hold.

    A group is behind by what its share of all is more than what it has. Half a row is the
    most that one may be ahead when it fills what another leaves of a row, so that the shares hold
    to about a row in any run of rows, and over a long run.
    """

    def __init__(self, weights: Sequence[float], unit: Unit, length: int) -> None:
        self.shares = [weight / sum(weights) for weight in weights]
        self.amounts = [0] * len(weights)
        self.unit, self.length = unit, length
        self.rows = 0

    def furthest_behind(self) -> list[int]:
        """Return the groups' numbers, that which is furthest behind first."""
        if len(self.shares) == 1:
            return [0]
        total = sum(self.amounts)
        behind = [
            share * total - amount for share, amount in zip(self.shares, self.amounts, strict=True)
        ]
        return sorted(range(len(behind)), key=lambda number: -behind[number])

    def size(self, example: Example) -> int:
        """Return what an example counts; of a record that was split, its first piece is one."""
        return len(example.ids) if self.unit == "tokens" else int(example.is_first)

    def may_fill(self, number: int, example: Example) -> bool:
        """Tell whether a group may take room that others leave: by half a row at most."""
        size = self.size(example)
        total = sum(self.amounts) + size
        return self.amounts[number] + size - self.shares[number] * total <= self.half_a_row()

    def half_a_row(self) -> float:
        """Return what half a row holds, in the unit of the shares."""
        if self.unit == "tokens":
            return self.length / 2
        return max(1.0, sum(self.amounts) / max(1, self.rows) / 2)

    def add(self, number: int, example: Example) -> None:
        """Count an example of a group."""
        self.amounts[number] += self.size(example)
