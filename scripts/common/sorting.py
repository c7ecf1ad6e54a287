"""Sorting what does not fit into memory: sorted runs on disk, then merged.

Items are tuples of texts, numbers and lists of texts. So few that they are one run stay in memory.
The file is best one without a name (`tempfile.TemporaryFile`), which the kernel deletes however the
process ends; several may share it.

    with TemporaryFile(dir=folder) as scratch:
        for text, number in sort_on_disk(items, scratch):
"""

import heapq
import marshal
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from os import SEEK_END
from typing import IO, Any, TypeVar

Item = tuple[Any, ...]
Entry = TypeVar("Entry")
RUN = 1 << 25  # characters of a run
BLOCK = 1 << 17  # of items that are written and read together
EACH = 256  # what an item takes beside its characters
CACHED = 64  # blocks of a `SortedStretch`


class Stretch:
    """Items one after another in a file, written in blocks, read as often as wanted."""

    def __init__(self, stream: IO[bytes], items: Iterable[Item]) -> None:
        self.stream = stream
        self.places: list[tuple[int, int]] = []  # first byte and bytes of each block
        self.starts = [0]  # how many items there are before each block, and in all
        for block in cut_blocks(items, BLOCK, weigh):
            self.add(block)

    def add(self, block: list[Item]) -> None:
        """Write a block."""
        place = self.stream.seek(0, SEEK_END)  # the items may be read from the same file
        self.places.append((place, self.stream.write(marshal.dumps(block))))
        self.starts.append(self.starts[-1] + len(block))

    def read(self, number: int) -> list[Item]:
        """Return a block's items."""
        place, size = self.places[number]
        self.stream.seek(place)
        block: list[Item] = marshal.loads(self.stream.read(size))
        return block

    def __len__(self) -> int:
        return self.starts[-1]

    def __iter__(self) -> Iterator[Item]:
        for number in range(len(self.places)):
            yield from self.read(number)


class SortedStretch(Stretch):
    """Sorted items in a file, found by their order; the first one of each block is in memory."""

    def __init__(self, stream: IO[bytes], items: Iterable[Item]) -> None:
        self.firsts: list[Item] = []
        self.block = lru_cache(CACHED)(self.read)
        super().__init__(stream, items)

    def add(self, block: list[Item]) -> None:
        """Write a block."""
        self.firsts.append(block[0])
        super().add(block)

    def find(self, item: Item) -> int:
        """Return the place of the first item that is not below one."""
        number = bisect_left(self.firsts, item) - 1
        return self.starts[number] + bisect_left(self.block(number), item) if number >= 0 else 0

    def between(self, first: int, stop: int) -> list[Item]:
        """Return the items from a place on up to another."""
        low, high = bisect_right(self.starts, first) - 1, bisect_left(self.starts, stop)
        numbers = range(low, min(high, len(self.places)))
        found = [item for number in numbers for item in self.block(number)]
        return found[first - self.starts[low] : stop - self.starts[low]]


class Sorter:
    """Items that come in any order and leave sorted, once."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.run: list[Item] = []
        self.size = 0
        self.runs: list[Stretch] = []

    def add(self, item: Item) -> None:
        """Let an item in."""
        self.run.append(item)
        self.size += weigh(item)
        if self.size >= RUN:
            self.run.sort()
            self.runs.append(Stretch(self.stream, self.run))
            self.run, self.size = [], 0

    def __iter__(self) -> Iterator[Item]:
        self.run.sort()
        yield from heapq.merge(*self.runs, self.run) if self.runs else self.run


def weigh(item: Item) -> int:
    """Return about how many characters an item has."""
    size = EACH
    for part in item:
        if isinstance(part, str):
            size += len(part)
        elif isinstance(part, list):
            size += sum(map(len, part))
    return size


def cut_blocks(
    items: Iterable[Entry], most: int, weigh: Callable[[Entry], int]
) -> Iterator[list[Entry]]:
    """Yield items in order, in blocks each just long enough to weigh `most`."""
    block: list[Entry] = []
    size = 0
    for item in items:
        block.append(item)
        size += weigh(item)
        if size >= most:
            yield block
            block, size = [], 0
    if block:
        yield block


def sort_on_disk(items: Iterable[Item], stream: IO[bytes]) -> Iterator[Item]:
    """Return items in ascending order."""
    sorter = Sorter(stream)
    for item in items:
        sorter.add(item)
    return iter(sorter)
