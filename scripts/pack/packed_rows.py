"""Packed rows on their way to disk: written and counted as they come, none kept."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from scripts.pack.packing import Row, fill_columns
from scripts.pack.too_long import Lengths

BLOCK = 1000  # rows of a record batch: 12 MB at 1,024 tokens
SCHEMA = pa.schema(
    dict.fromkeys(["input_ids", "position_ids", "labels"], pa.list_(pa.int32()))
    | dict.fromkeys(["tokens", "useful_tokens"], pa.int32())
    | {"records": pa.list_(pa.string())}
)


@dataclass
class Counts:
    """What the rows hold: records, tokens and loss-bearing tokens by source.

    `marked` counts records whose text has special tokens' names in it, which stay text, `cut` those
    that are longer than a row.
    """

    rows: int = 0
    records: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    useful: Counter[str] = field(default_factory=Counter)
    marked: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        """Count one row."""
        self.rows += 1
        for example in row.examples:
            self.records[example.source] += example.is_first
            self.tokens[example.source] += len(example.ids)
            self.useful[example.source] += example.useful
            self.marked[example.source] += example.marked
            self.cut[example.source] += example.is_first and example.is_cut

    def describe(self, length: int, available: Counter[str], lengths: Lengths) -> dict[str, Any]:
        """Return the manifest's counts, and which share of all positions holds tokens.

        Args:
            length: of a row.
            available: records of each source.
            lengths: how many of them are longer than a row.
        """
        sources = {
            name: {
                "records": self.records[name],
                "tokens": self.tokens[name],
                "useful_tokens": self.useful[name],
                "epochs": round(self.records[name] / available[name], 3),
            }
            # Only where there are any: data of which nothing is too long needs no such words.
            | ({"special_names": self.marked[name]} if self.marked[name] else {})
            | ({"cut": self.cut[name]} if self.cut[name] else {})
            | lengths.describe(name)
            for name in sorted(self.records | lengths.dropped)
        }
        return {
            "tokens": self.tokens.total(),
            "useful_tokens": self.useful.total(),
            "fill": round(self.tokens.total() / (self.rows * length), 4),
            "sources": sources,
        }


def fill_batch(rows: Iterable[Row], batch: int) -> Iterator[Row]:
    """Yield the rows, then rows from the start until the last global batch is full."""
    first: list[Row] = []
    found = 0
    for row in rows:
        found += 1
        if len(first) < batch - 1:
            first.append(row)
        yield row
    yield from islice(cycle(first), -found % batch)


def write_rows(rows: Iterable[Row], length: int, pad: int, path: Path) -> Counts:
    """Write rows as an Arrow stream, which `datasets.Dataset.from_file` maps; return the counts."""
    counts, rows = Counts(), iter(rows)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, SCHEMA) as writer:
        while block := list(islice(rows, BLOCK)):
            for row in block:
                counts.add(row)
            writer.write_batch(make_batch(block, length, pad))
    return counts


def make_batch(rows: list[Row], length: int, pad: int) -> pa.RecordBatch:
    """Return rows as a record batch."""
    ends = np.arange(len(rows) + 1, dtype=np.int32) * length
    columns = fill_columns(rows, length, pad)
    lists = [pa.ListArray.from_arrays(ends, column.reshape(-1)) for column in columns.values()]
    used = [row.used for row in rows]
    useful = [sum(example.useful for example in row.examples) for row in rows]
    records = [[example.record for example in row.examples] for row in rows]
    counts = [pa.array(used, pa.int32()), pa.array(useful, pa.int32())]
    return pa.RecordBatch.from_arrays(
        [*lists, *counts, pa.array(records, pa.list_(pa.string()))], schema=SCHEMA
    )
