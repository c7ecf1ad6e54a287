"""The corpus file: a Parquet table whose columns follow from its kind."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.errors import InputError
from scripts.common.files import atomic_path
from scripts.data.corpus_blocks import FACTS, GROUP, open_corpus, read_groups
from scripts.study.kinds import KINDS, LISTS, NUMBERS, OPTIONAL, TURNS

LARGEST = 1 << 27  # bytes of records that are written together
FEW = 512  # records that become columns together
CONVERSATION = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))


def corpus_schema(kind: str) -> pa.Schema:
    """Return the columns of a kind: strings, lists of strings or turns, the number of a choice."""
    types: dict[str, pa.DataType] = dict.fromkeys(LISTS, pa.list_(pa.string()))
    types |= dict.fromkeys(NUMBERS, pa.int64()) | dict.fromkeys(TURNS, CONVERSATION)
    return pa.schema([(name, types.get(name, pa.string())) for name in KINDS[kind].fields])


def write_corpus(
    path: str | Path,
    kind: str,
    records: Iterable[dict[str, Any]],
    facts: dict[str, Any] | None = None,
) -> None:
    """Write records as Parquet, atomically; no more than a group of them is in memory.

    Args:
        facts: what the file says of itself (`read_facts`), as it is in the end; None: nothing.
    """
    schema, rest = corpus_schema(kind), iter(records)
    few = iter(lambda: list(islice(rest, FEW)), [])
    write_tables(path, schema, (pa.Table.from_pylist(some, schema=schema) for some in few), facts)


def write_tables(
    path: str | Path,
    schema: pa.Schema,
    tables: Iterable[pa.Table],
    facts: dict[str, Any] | None = None,
) -> None:
    """Write records in tables of `FEW`, the last one of fewer, as `write_corpus` does."""
    rest = iter(tables)
    with (
        atomic_path(path) as partial,
        pq.ParquetWriter(partial, schema, compression="zstd") as file,
    ):
        while group := take_group(rest):
            file.write_table(group)
        if facts is not None:
            file.add_key_value_metadata({FACTS: json.dumps(facts, ensure_ascii=False)})


def take_group(tables: Iterator[pa.Table]) -> pa.Table | None:
    """Return the next records that are written together, fewer of long ones; None at the end."""
    parts: list[pa.Table] = []
    rows = size = 0
    while rows < GROUP and size < LARGEST and (few := next(tables, None)):
        parts.append(few)
        rows += few.num_rows
        size += few.nbytes
    return pa.concat_tables(parts).combine_chunks() if parts else None


class Corpus:
    """A corpus's kind and records, read from its file each time they are gone through.

    Raises:
        InputError: if the file is no corpus, or has a record without one of its texts.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kind, self.file = open_corpus(path)
        check_blocks(path, self.kind, self.file.schema_arrow, read_groups(self.file))

    def __len__(self) -> int:
        return self.file.metadata.num_rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for block in read_groups(self.file):
            yield from block.to_pylist()


def read_corpus(path: str | Path) -> tuple[str, list[dict[str, Any]]]:
    """Return a small corpus's kind and records; `InputError` as from `Corpus`."""
    corpus = Corpus(Path(path))
    return corpus.kind, list(corpus)


def check_blocks(
    path: str | Path, kind: str, schema: pa.Schema, blocks: Iterable[pa.RecordBatch]
) -> None:
    """Raise `InputError` where a column of a corpus is of another type than its kind's, or null."""
    for expected in corpus_schema(kind):
        found = schema.field(expected.name).type
        texts = expected.type == pa.string() and found == pa.large_string()
        if found != expected.type and not texts:
            raise InputError(
                f"{path}: column {expected.name!r} holds {found}, expected {expected.type}"
            )
    nulls: Counter[str] = Counter()
    for block in blocks:
        nulls.update({name: count_nulls(name, block[name]) for name in KINDS[kind].fields})
    for name, count in nulls.items():
        if count:
            raise InputError(f"{path}: {count} nulls in column {name!r}, expected texts")


def count_nulls(name: str, column: pa.Array) -> int:
    """Return how many texts a column lacks."""
    nulls = 0 if name in OPTIONAL else column.null_count
    if name in LISTS:
        nulls += column.flatten().null_count
    if name in TURNS:
        nulls += sum(part.null_count for part in column.flatten().flatten())
    return nulls


def stable_id(*parts: str) -> str:
    """Return 12 hex digits that depend on the parts alone, not on order or place."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
