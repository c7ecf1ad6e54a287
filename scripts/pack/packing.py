"""Packing: examples of any length into rows of exactly `length` tokens."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scripts.common.errors import InputError
from scripts.pack.rendering import Example

IGNORED = -100  # what PyTorch's cross-entropy and transformers leave out of the loss
OPEN_ROWS = 32  # rows kept open for a fitting example; more packs denser and mixes the order more


@dataclass
class Row:
    """Examples that share one row."""

    examples: list[Example] = field(default_factory=list)
    used: int = 0

    def add(self, example: Example) -> None:
        """Append an example."""
        self.examples.append(example)
        self.used += len(example.ids)


@dataclass
class Dropped:
    """How many examples were too long for a row, and how many documents were cut.

    With `records`, the number of records there are, data of which nothing fits is an `InputError`:
    an endless stream of it would never fill a row.
    """

    records: int | None = None
    too_long: int = 0
    cut: int = 0
    kept: bool = False

    def drop(self, length: int) -> None:
        """Count an example that is too long."""
        self.too_long += 1
        if not self.kept and self.too_long == self.records:
            raise InputError(f"--length {length}: none of the first {self.records} examples fits")


def fit(examples: Iterable[Example], length: int, cut: bool, dropped: Dropped) -> Iterator[Example]:
    """Yield examples of at most `length` tokens: longer ones cut in pieces, or dropped."""
    for example in examples:
        if len(example.ids) > length and not cut:
            dropped.drop(length)
            continue
        dropped.kept = True
        if len(example.ids) <= length:
            yield example
            continue
        dropped.cut += 1
        for start in range(0, len(example.ids), length):
            piece = example.ids[start : start + length]
            yield Example(example.source, piece, 1, example.record, example.marked)


def pack(examples: Iterable[Example], length: int) -> Iterator[Row]:
    """Yield rows: each example goes into the first open row that has room for it."""
    rows: list[Row] = []
    for example in examples:
        row = next((row for row in rows if row.used + len(example.ids) <= length), None)
        if row is None:
            if len(rows) == OPEN_ROWS:
                yield rows.pop(max(range(OPEN_ROWS), key=lambda index: rows[index].used))
            row = Row()
            rows.append(row)
        row.add(example)
        if row.used == length:
            rows.remove(row)
            yield row
    yield from rows


def columns(row: Row, length: int, pad: int) -> dict[str, list[int] | list[str] | int]:
    """Return a row's columns: lists of `length` integers, two counts, its examples' records.

    Position ids restart at each example, by which transformers confines attention to it. Labels
    equal the ids where a token carries loss (the model shifts them), and -100 elsewhere; the first
    token of an example never carries any, for nothing of its own example predicts it.
    """
    ids: list[int] = []
    positions: list[int] = []
    labels: list[int] = []
    for example in row.examples:
        ids += example.ids
        positions += range(len(example.ids))
        first = max(example.first, 1)
        labels += [IGNORED] * first + example.ids[first:]
    rest = length - row.used
    useful = sum(len(example.ids) - max(example.first, 1) for example in row.examples)
    return {
        "input_ids": ids + [pad] * rest,
        "position_ids": [*positions, *range(rest)],
        "labels": labels + [IGNORED] * rest,
        "tokens": row.used,
        "useful_tokens": useful,
        "records": [example.record for example in row.examples],
    }
