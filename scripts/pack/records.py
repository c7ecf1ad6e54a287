"""Corpora as training reads them: on disk, mapped into memory, one record at a time.

A corpus is decoded once into an uncompressed Arrow file that is mapped and at once unlinked: what
is held in memory is what the kernel caches, whatever the size of the corpus.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.errors import InputError
from scripts.study.kinds import KINDS

Part = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """One record: its part, columns, position in the part's slice, and the pass (`turn`)."""

    part: Part
    fields: dict[str, str]
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
    """The records of several parts, one part after the other."""

    def __init__(self, parts: list[Part], tables: dict[str, pa.Table]) -> None:
        self.parts, self.tables = parts, [tables[part["dataset"]] for part in parts]
        sizes = [size(part, table) for part, table in zip(parts, self.tables, strict=True)]
        self.ends = list(accumulate(sizes))

    def __len__(self) -> int:
        return self.ends[-1]

    def read(self, position: int, turn: int) -> Record:
        """Return the record at a position from 0 to ``len - 1``, read in pass `turn`."""
        number = bisect_right(self.ends, position)
        part, table = self.parts[number], self.tables[number]
        index = position - (self.ends[number - 1] if number else 0)
        row = part["start"] + index
        fields = {name: table[name][row].as_py() for name in table.column_names}
        return Record(part, fields, index, turn)

    def read_all(self, order: Iterable[tuple[int, int]]) -> Iterator[Record]:
        """Yield the records at (position, pass) in that order."""
        return (self.read(position, turn) for position, turn in order)


def size(part: Part, table: pa.Table) -> int:
    """Return how many records a part's slice holds."""
    stop = table.num_rows if part["stop"] is None else min(part["stop"], table.num_rows)
    return max(0, stop - part["start"])


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
    """Raise `InputError` where a corpus lacks a field of its kind."""
    missing = [name for name in KINDS[kind].fields if name not in table.column_names]
    if missing:
        raise InputError(f"{path}: no column {', '.join(missing)}, expected a corpus of {kind}")


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
        for batch in source.iter_batches():
            writer.write_batch(batch)
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    path.unlink()
    return table
