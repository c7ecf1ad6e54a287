"""What becomes of records that are longer than a row, and how many there are."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.pack.rendering import Example

TooLong = Literal["truncate", "drop", "split"]
MANY = 0.05  # of a source's records


@dataclass
class Lengths:
    """Counts of records by source in the first pass: those read, dropped, cut.

    With `records`, the number of records there are, data of which nothing fits is an `InputError`:
    an endless stream of it would never fill a row.
    """

    length: int
    records: int | None = None
    read: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    in_vain: int = 0
    kept: bool = False

    def keep(self, example: Example, cut: bool = False) -> None:
        """Count a record of which something is kept."""
        self.kept = True
        if example.turn == 0:
            self.read[example.source] += 1
            self.cut[example.source] += cut

    def drop(self, source: str, turn: int) -> None:
        """Count a record that is left out."""
        if turn == 0:
            self.read[source] += 1
            self.dropped[source] += 1
        self.in_vain += 1
        if not self.kept and self.in_vain == self.records:
            raise InputError(
                f"--length {self.length}: none of the first {self.records} examples fits"
            )

    def add(self, other: "Lengths") -> None:
        """Add the counts of another group."""
        self.read += other.read
        self.dropped += other.dropped
        self.cut += other.cut

    def describe(self, source: str) -> dict[str, int]:
        """Return what a manifest says of a source: records left out, of so many read, if any."""
        if not self.dropped[source]:
            return {}
        return {"too_long": self.dropped[source], "read": self.read[source]}

    def warn(self) -> None:
        """Log the sources of which many records are dropped or cut."""
        for source, read in sorted(self.read.items()):
            for number, what in ((self.dropped[source], "left out"), (self.cut[source], "cut")):
                if number > MANY * read:
                    log.warning(
                        "%s: %d of %d records (%.1f %%) are %s: longer than %d tokens",
                        source, number, read, 100 * number / read, what, self.length,
                    )  # fmt: skip


def fit(examples: Iterable[Example], how: TooLong, lengths: Lengths) -> Iterator[Example]:
    """Yield examples of at most the row's length; longer ones are cut, dropped or split.

    What is cut is the end, of a conversation the questions that would be left without an answer,
    too. An example of which no token with loss is left is dropped.
    """
    for example in examples:
        if len(example.ids) <= lengths.length:
            lengths.keep(example)
            yield example
        elif how == "split":
            lengths.keep(example, cut=True)
            yield from split(example, lengths.length)
        elif how == "truncate" and example.first < lengths.length:
            lengths.keep(example, cut=True)
            yield example.beginning(lengths.length)
        else:
            lengths.drop(example.source, example.turn)


def split(example: Example, length: int) -> Iterator[Example]:
    """Yield an example in pieces of at most `length` tokens; loss begins where it would."""
    for start in range(0, len(example.ids), length):
        yield example.piece(start, start + length)
