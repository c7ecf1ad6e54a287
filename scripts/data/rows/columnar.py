"""Parquet and Arrow, read in batches of the columns that are wanted."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.errors import InputError
from scripts.data.compressed import BROKEN
from scripts.data.expansion import check_expansion
from scripts.data.raw_file import RawFile
from scripts.data.request import Request
from scripts.study.kinds import KINDS

BATCH = 10_000  # rows
LARGEST = 1 << 26  # bytes of rows that are decoded together
MAGIC = b"ARROW1"


def read_parquet(file: RawFile, request: Request) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file."""
    try:
        table = pq.ParquetFile(open_mapped(file))
        columns = wanted_columns(table.schema_arrow.names, request)
        batches = table.iter_batches(rows_at_once(table.metadata), columns=columns)
        yield from read_batches(batches, file, request)
    except BROKEN as error:
        raise InputError(f"{file.name}: no Parquet file: {first_line(error)}") from None


def wanted_columns(names: list[str], request: Request) -> list[str] | None:
    """Return the columns that the fields of a record are in; None for all that a table has.

    All of them where a field has none, for a message shows the row.
    """
    kind, own = KINDS[request.kind], request.options.get("columns", {})
    constants = request.options.get("constants", {})

    def find(fields: Iterable[str]) -> set[str]:
        named = [own.get(field, field) for field in fields if field not in constants]
        paths = [path for some in named for path in (some if isinstance(some, list) else [some])]
        return {path if path in names else path.partition(".")[0] for path in paths}

    needed = find(kind.fields[1:])
    if not needed <= {*names}:
        return None
    columns = needed | find(("id", *kind.beside))
    return [name for name in names if name in columns]


def rows_at_once(facts: pq.FileMetaData) -> int:
    """Return how many rows of a Parquet file are decoded together: fewer where they are long."""
    groups = map(facts.row_group, range(facts.num_row_groups))
    size = sum(group.total_byte_size for group in groups)
    return max(1, min(BATCH, LARGEST * facts.num_rows // max(size, 1)))


def read_arrow(file: RawFile, request: Request) -> Iterator[dict[str, Any]]:
    """Yield the rows of an Arrow file or stream; `datasets.save_to_disk` writes streams."""
    try:
        source = open_mapped(file)
        is_file = source.read(len(MAGIC)) == MAGIC
        source.seek(0)
        if is_file:
            found = pa.ipc.open_file(source)
            batches = (found.get_batch(number) for number in range(found.num_record_batches))
        else:
            batches = iter(pa.ipc.open_stream(source))
        yield from read_batches(batches, file, request)
    except BROKEN as error:
        raise InputError(f"{file.name}: no Arrow file: {first_line(error)}") from None


def open_mapped(file: RawFile) -> pa.NativeFile:
    """Return a file mapped into memory, or what a packed one holds."""
    if isinstance(file.source, Path) and file.bare.name == Path(file.name).name:
        return pa.memory_map(str(file.source))
    with file.open() as stream:
        return pa.BufferReader(stream.read())


def read_batches(batches: Any, file: RawFile, request: Request) -> Iterator[dict[str, Any]]:
    """Yield the rows of record batches."""
    request.at.enter(file.name, "row")
    number = size = 0
    packed = file.size()
    for batch in batches:
        size += batch.nbytes
        check_expansion(file.name, size, packed)
        batch.validate(full=True)  # an Arrow file has no checksums, and damaged lengths crash
        for row in slice_rows(batch):
            request.at.number = number
            number += 1
            yield row


def slice_rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Yield the rows of a batch, fewer at once where they are long.

    A file of a kilobyte may repeat one text of megabytes in every row.
    """
    step = max(1, LARGEST * batch.num_rows // max(batch.nbytes, 1))
    for start in range(0, batch.num_rows, step):
        yield from batch.slice(start, step).to_pylist()


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return str(error).partition("\n")[0]
