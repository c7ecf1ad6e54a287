"""Shards of a corpus: ranges of its records, which jobs work on apart and `gather_corpus` joins.

A shard is written ``3-of-8``. Shards are not files of their own: each job reads its range of the
one corpus.
"""

import re
from dataclasses import dataclass

FORM = re.compile(r"([1-9]\d*)-of-([1-9]\d*)")


@dataclass(frozen=True)
class Shard:
    """One of `count` ranges of a corpus, counted from 1."""

    number: int = 1
    count: int = 1

    def rows(self, total: int) -> range:
        """Return the rows of a corpus of `total` records: shards differ by one record at most."""
        first, end = ((self.number - 1) * total, self.number * total)
        return range(first // self.count, end // self.count)


def parse_shard(text: str) -> Shard:
    """Parse ``3-of-8`` of the command line; `ValueError` for anything else."""
    match = FORM.fullmatch(text)
    if not match or int(match[1]) > int(match[2]):
        raise ValueError(f"found {text}, expected a shard such as 3-of-8")
    return Shard(int(match[1]), int(match[2]))
