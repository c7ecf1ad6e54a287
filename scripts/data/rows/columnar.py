"""Parquet and Arrow, read in batches of the columns that are wanted."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scripts.common.errors import InputError
from scripts.data.compressed import BROKEN
from scripts.data.expansion import check_expansion
from scripts.data.raw_file import RawFile
from scripts.data.request import Request
from scripts.study.kinds import KINDS

# Rows that are decoded together: each may be as long as the longest text of the file, of which a
# writer needs to have written one.
BATCH = 256
LARGEST = 1 << 26  # bytes of rows that are decoded together
SMALL = 1 << 24  # bytes of a file whose texts are compared once more, in a third of the speed
MAGIC = b"ARROW1"


def read_parquet(file: RawFile, request: Request) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file."""
    try:
        table = open_parquet(file)
        columns = wanted_columns(table.schema_arrow.names, request)
        batches = table.iter_batches(rows_at_once(table.metadata), columns=columns)
        yield from read_batches(batches, file, request)
    except BROKEN as error:
        raise InputError(f"{file.name}: no Parquet file: {first_line(error)}") from None


def open_parquet(file: RawFile) -> pq.ParquetFile:
    """Open a Parquet file; of a small one texts stay references to a dictionary until they are due.

    So the bytes of a file of a kilobyte that repeats a text of megabytes are known beforehand.
    """
    source = open_mapped(file)
    table = pq.ParquetFile(source)
    if file.size() > SMALL:
        return table
    texts = [field.name for field in table.schema_arrow if pa.types.is_string(field.type)]
    source.seek(0)
    return pq.ParquetFile(source, read_dictionary=texts)


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
        size += size_of(batch)
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
    step = max(1, LARGEST * batch.num_rows // max(size_of(batch), 1))
    for start in range(0, batch.num_rows, step):
        part = batch.slice(start, step)
        columns = [one.dictionary_decode() if is_referring(one) else one for one in part.columns]
        yield from pa.RecordBatch.from_arrays(columns, names=part.schema.names).to_pylist()


def is_referring(column: pa.Array) -> bool:
    """Tell whether a column of texts refers to a dictionary."""
    return isinstance(column, pa.DictionaryArray) and pa.types.is_string(column.type.value_type)


def size_of(batch: pa.RecordBatch) -> int:
    """Return the bytes of a batch, of a column that refers to a dictionary those of its texts."""
    size = 0
    for column in batch.columns:
        if is_referring(column):
            lengths = pc.binary_length(column.dictionary).take(column.indices)
            size += pc.sum(pc.cast(lengths, pa.int64())).as_py() or 0
        else:
            size += column.nbytes
    return size


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return str(error).partition("\n")[0]
