"""The corpus file: a Parquet table whose columns follow from its kind."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.errors import InputError
from scripts.common.files import atomic_path
from scripts.data.corpus_blocks import GROUP
from scripts.study.kinds import KINDS, LISTS, NUMBERS, OPTIONAL, TURNS

LARGEST = 1 << 27  # bytes of records that are written together
FEW = 512  # records that become columns together
CONVERSATION = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))


def corpus_schema(kind: str) -> pa.Schema:
    """Return the columns of a kind: strings, lists of strings or turns, the number of a choice."""
    types: dict[str, pa.DataType] = dict.fromkeys(LISTS, pa.list_(pa.string()))
    types |= dict.fromkeys(NUMBERS, pa.int64()) | dict.fromkeys(TURNS, CONVERSATION)
    return pa.schema([(name, types.get(name, pa.string())) for name in KINDS[kind].fields])


def write_corpus(path: str | Path, kind: str, records: Iterable[dict[str, Any]]) -> None:
    """Write records as Parquet, atomically; no more than a group of them is in memory."""
    schema, rest = corpus_schema(kind), iter(records)
    with (
        atomic_path(path) as partial,
        pq.ParquetWriter(partial, schema, compression="zstd") as file,
    ):
        while group := take_group(rest, schema):
            file.write_table(group)


def take_group(records: Iterator[dict[str, Any]], schema: pa.Schema) -> pa.Table | None:
    """Return the next records that are written together, fewer of long ones; None at the end."""
    parts: list[pa.Table] = []
    rows = size = 0
    while rows < GROUP and size < LARGEST and (few := list(islice(records, FEW))):
        parts.append(pa.Table.from_pylist(few, schema=schema))
        rows += len(few)
        size += parts[-1].nbytes
    return pa.concat_tables(parts).combine_chunks() if parts else None


def read_corpus(path: str | Path) -> tuple[str, list[dict[str, Any]]]:
    """Return a corpus's kind and records; `InputError` if the columns are of no kind."""
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: not a readable Parquet file: {error}") from error
    columns = tuple(table.column_names)
    for name, kind in KINDS.items():
        if columns == kind.fields:
            check_table(path, name, table)
            return name, table.to_pylist()
    raise InputError(f"{path}: columns {', '.join(columns)} are those of no kind of corpus")


def check_table(path: str | Path, kind: str, table: pa.Table) -> None:
    """Raise `InputError` where a column of a corpus is of another type than its kind's, or null."""
    for expected in corpus_schema(kind):
        column = table[expected.name]
        texts = expected.type == pa.string() and column.type == pa.large_string()
        if column.type != expected.type and not texts:
            raise InputError(
                f"{path}: column {expected.name!r} holds {column.type}, expected {expected.type}"
            )
        nulls = 0 if expected.name in OPTIONAL else column.null_count
        if expected.name in LISTS:
            nulls += column.combine_chunks().flatten().null_count
        if expected.name in TURNS:
            columns = (part for chunk in column.chunks for part in chunk.flatten().flatten())
            nulls += sum(part.null_count for part in columns)
        if nulls:
            raise InputError(f"{path}: {nulls} nulls in column {expected.name!r}, expected texts")


def stable_id(*parts: str) -> str:
    """Return 12 hex digits that depend on the parts alone, not on order or place."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
