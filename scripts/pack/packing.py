"""Packing: examples of any length into rows of exactly `length` tokens."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from scripts.pack.mixing import Shares
from scripts.pack.rendering import Example
from scripts.pack.window import SIZE, Window

MUCH = 2  # average examples: with less room in a row, one is chosen by its length
IGNORED = -100  # what PyTorch's cross-entropy and transformers leave out of the loss


@dataclass
class Row:
    """Examples that share one row."""

    examples: list[Example] = field(default_factory=list)
    used: int = 0
    arrived: int = 0  # the number of the example that has come first

    def add(self, example: Example) -> None:
        """Append an example."""
        self.examples.append(example)
        self.used += len(example.ids)


def pack(examples: Iterable[Example], length: int, window: int = SIZE) -> Iterator[Row]:
    """Yield rows of one stream of examples (`pack_groups`)."""
    return pack_groups([Window(examples, window)], Shares([1.0], "tokens", length), length)


def pack_groups(groups: Sequence[Window], shares: Shares, length: int) -> Iterator[Row]:
    """Yield rows of several streams' examples, none of them longer than `length`.

    Each example comes from the group that is furthest behind its share; where that has none that
    fits, from the next one, unless it would get too far ahead. A group's first one in a row is that
    which waits longest, so that none waits for ever, and so are those for which there is much room;
    the last ones are the longest that fit. Of what is left when a stream has ended the longest come
    first, which takes the fewest rows; these keep the order in which their examples came.
    """
    last: list[Row] = []
    while row := fill_row(groups, shares, length):
        shares.rows += 1
        if all(window.ended for window in groups):
            last.append(row)
        else:
            yield row
    yield from sorted(last, key=lambda row: row.arrived)


def fill_row(groups: Sequence[Window], shares: Shares, length: int) -> Row | None:
    """Return the next row, None where no example is left."""
    row, begun, numbers = Row(), set[int](), []
    while (found := find_next(groups, shares, length - row.used, begun)) is not None:
        group, number = found
        example = groups[group].take(number)
        shares.add(group, example)
        begun.add(group)
        numbers.append(number)
        row.add(example)
    row.arrived = min(numbers, default=0)
    return row if numbers else None


def find_next(
    groups: Sequence[Window], shares: Shares, room: int, begun: set[int]
) -> tuple[int, int] | None:
    """Return the group and the number of the example that a row takes next; None closes the row.

    Args:
        room: tokens that are left in the row.
        begun: groups of which the row has examples.
    """
    if not room:
        return None
    behind = [group for group in shares.furthest_behind() if groups[group].waiting]
    for place, group in enumerate(behind):
        window = groups[group]
        in_turn = group not in begun or room > MUCH * window.mean
        number = window.oldest(room) if in_turn and not window.ended else None
        if number is None:
            number = window.largest(room)
        if number is None:
            continue
        if not (place and begun) or shares.may_fill(group, window.waiting[number]):
            return group, number
    return None


def pack_apart(groups: Sequence[Window], shares: Shares) -> Iterator[Row]:
    """Yield rows of one example each, in the order in which they arrive."""
    while behind := [group for group in shares.furthest_behind() if groups[group].waiting]:
        window = groups[behind[0]]
        example = window.take(next(iter(window.waiting)))
        shares.add(behind[0], example)
        shares.rows += 1
        yield Row([example], len(example.ids))


def fill_columns(rows: Sequence[Row], length: int, pad: int) -> dict[str, np.ndarray]:
    """Return the columns of rows as int32 of (rows, length): ids, position ids, labels.

    Position ids restart at each example, by which transformers confines attention to it. Labels
    equal the ids where a token carries loss (the model shifts them), and -100 elsewhere; the first
    token of an example never carries any, for nothing of its own example predicts it.
    """
    count = np.arange(length, dtype=np.int32)
    ids = np.full((len(rows), length), pad, dtype=np.int32)
    labels = np.full((len(rows), length), IGNORED, dtype=np.int32)
    positions = np.empty((len(rows), length), dtype=np.int32)
    for number, row in enumerate(rows):
        end = 0
        for example in row.examples:
            start, end = end, end + len(example.ids)
            ids[number, start:end] = example.ids
            positions[number, start:end] = count[: end - start]
            loss = start + max(example.first, 1)
            labels[number, loss:end] = ids[number, loss:end]
            for begin, stop in example.gaps:
                labels[number, start + begin : start + stop] = IGNORED
        positions[number, end:] = count[: length - end]
    return {"input_ids": ids, "position_ids": positions, "labels": labels}


def columns(row: Row, length: int, pad: int) -> dict[str, list[int] | list[str] | int]:
    """Return one row's columns as lists (`fill_columns`), its counts and its examples' records."""
    found = {name: column[0].tolist() for name, column in fill_columns([row], length, pad).items()}
    return found | {
        "tokens": row.used,
        "useful_tokens": sum(example.useful for example in row.examples),
        "records": [example.record for example in row.examples],
    }
