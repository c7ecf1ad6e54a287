"""Corpora as training reads them: on disk, mapped into memory, one record at a time.

A corpus is decoded once into an uncompressed Arrow file that is mapped and at once unlinked: what
is held in memory is what the kernel caches, whatever the size of the corpus.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.errors import InputError
from scripts.data.corpora import check_blocks
from scripts.data.corpus_blocks import read_groups
from scripts.study.kinds import KINDS

Part = dict[str, Any]
BLOCK = 1024  # records that are read at once
DECODED = 1 << 16  # that are decoded at once


@dataclass(frozen=True)
class Record:
    """One record: its part, columns, position in the part's slice, and the pass (`turn`)."""

    part: Part
    fields: dict[str, Any]
    index: int
    turn: int

    @property
    def source(self) -> str:
        return self.part["dataset"]

    @property
    def name(self) -> str:
        """Return ``dataset:id``."""
        return f"{self.source}:{self.fields['id']}"


class Records:
    """The records of several parts, one part after the other.

    Args:
        parts: of a group of the mixture.
        tables: the corpora by name.
        cuts: slices of several parts, made one after another.
    """

    def __init__(
        self, parts: list[Part], tables: dict[str, pa.Table], cuts: Sequence[Part] = ()
    ) -> None:
        self.parts = parts
        self.tables = [Batches(tables[part["dataset"]]) for part in parts]
        slices = [
            range(table.rows)[part["start"] : part["stop"]]
            for part, table in zip(parts, self.tables, strict=True)
        ]
        for part, table, found in zip(parts, self.tables, slices, strict=True):
            if not found:
                start, stop = part["start"] or "", "" if part["stop"] is None else part["stop"]
                raise InputError(
                    f"{part['dataset']}[{start}:{stop}]: found no record of {table.rows} there"
                )
        for cut in cuts:
            chosen = slice(cut["first"], cut["first"] + cut["count"])
            slices[chosen] = narrow(slices[chosen], cut["start"], cut["stop"])
        if not sum(map(len, slices)):
            names = " + ".join(part["dataset"] for part in parts)
            raise InputError(f"{names}: found no record in a slice of all of them")
        self.slices = slices
        self.ends = list(accumulate(map(len, slices)))

    def __len__(self) -> int:
        return self.ends[-1]

    def sizes(self) -> Counter[str]:
        """Return how many records there are of each data set."""
        found: Counter[str] = Counter()
        for part, start, end in zip(self.parts, [0, *self.ends], self.ends, strict=False):
            found[part["dataset"]] += end - start
        return found

    def read_all(self, order: Iterable[tuple[int, int]]) -> Iterator[Record]:
        """Yield the records at (position, pass), in that order; positions are from 0 on."""
        rest = iter(order)
        while block := list(islice(rest, BLOCK)):
            yield from self.read(block)

    def read(self, block: list[tuple[int, int]]) -> list[Record]:
        """Return the records of a block, each record batch of the files read once."""
        places = [self.locate(position) for position, _ in block]
        fields: dict[tuple[int, int], dict[str, Any]] = {}
        for number, table in enumerate(self.tables):
            rows = [row for part, _, row in places if part == number]
            fields |= {(number, row): found for row, found in table.read(rows)}
        return [
            Record(self.parts[part], fields[part, row], index, turn)
            for (part, index, row), (_, turn) in zip(places, block, strict=True)
        ]

    def locate(self, position: int) -> tuple[int, int, int]:
        """Return the number of a position's part, its place in the slice, and in the table."""
        number = bisect_right(self.ends, position)
        index = position - (self.ends[number - 1] if number else 0)
        return number, index, self.slices[number][index]


class Batches:
    """A table by its record batches: to take rows of the whole resolves all of these each time."""

    def __init__(self, table: pa.Table) -> None:
        self.batches = table.to_batches()
        self.ends = list(accumulate(batch.num_rows for batch in self.batches))
        self.rows = table.num_rows

    def read(self, rows: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield each row's number and columns, in any order."""
        wanted: dict[int, list[int]] = {}
        for row in rows:
            wanted.setdefault(bisect_right(self.ends, row), []).append(row)
        for number, chosen in wanted.items():
            start = self.ends[number - 1] if number else 0
            batch = self.batches[number].take(pa.array([row - start for row in chosen]))
            names, columns = batch.schema.names, batch.to_pydict().values()
            for row, values in zip(chosen, zip(*columns, strict=True), strict=True):
                yield row, dict(zip(names, values, strict=True))


def narrow(slices: list[range], start: int, stop: int | None) -> list[range]:
    """Return what is left of ranges when ``start:stop`` of all of them, in a row, is kept."""
    kept = range(sum(map(len, slices)))[start:stop]
    found, before = [], 0
    for part in slices:
        low, high = (min(max(end - before, 0), len(part)) for end in (kept.start, kept.stop))
        found.append(part[low : max(low, high)])
        before += len(part)
    return found


def map_corpora(
    names: Iterable[str], corpora: dict[str, Path], folder: Path
) -> dict[str, pa.Table]:
    """Return the named corpora as tables on disk; `folder` holds them while they are decoded.

    Raises:
        InputError: if a corpus is not among `corpora`.
    """
    tables = {}
    for name in dict.fromkeys(names):
        if name not in corpora:
            raise InputError(f"--corpora: {name}.parquet is missing")
        tables[name] = map_corpus(corpora[name], folder / f"{name}.arrow")
    return tables


def check_columns(path: Path, kind: str, table: pa.Table) -> None:
    """Raise `InputError` where a corpus lacks a field of its kind, or a record a text."""
    missing = [name for name in KINDS[kind].fields if name not in table.column_names]
    if missing:
        raise InputError(f"{path}: no column {', '.join(missing)}, expected a corpus of {kind}")
    check_blocks(path, kind, table.schema, table.to_batches())


def map_corpus(parquet: Path, path: Path) -> pa.Table:
    """Decode a Parquet file into an Arrow file, map that and unlink it.

    Raises:
        InputError: if the Parquet file is missing or damaged.
    """
    try:
        source = pq.ParquetFile(parquet)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{parquet}: no Parquet file ({error}), expected a corpus") from None
    schema = source.schema_arrow
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in read_groups(source, DECODED):
            writer.write_batch(batch)
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    path.unlink()
    return table
