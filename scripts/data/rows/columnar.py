"""Parquet and Arrow, read in batches of the columns that are wanted."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.errors import InputError
from scripts.data.raw_file import RawFile
from scripts.data.request import Request

BATCH = 10_000  # rows


def read_parquet(file: RawFile, request: Request) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file."""
    try:
        table = pq.ParquetFile(open_file(file))
        batches = table.iter_batches(BATCH)
        yield from read_batches(batches, file, request)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{file.name}: no Parquet file: {error}") from None


def read_arrow(file: RawFile, request: Request) -> Iterator[dict[str, Any]]:
    """Yield the rows of an Arrow file or stream; `datasets.save_to_disk` writes streams."""
    try:
        source = pa.memory_map(str(file.source)) if isinstance(file.source, Path) else file.source
        try:
            with pa.ipc.open_stream(source) as batches:
                yield from read_batches(batches, file, request)
        except pa.ArrowInvalid:
            found = pa.ipc.open_file(source)
            batches = (found.get_batch(number) for number in range(found.num_record_batches))
            yield from read_batches(batches, file, request)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{file.name}: no Arrow file: {error}") from None


def open_file(file: RawFile) -> Any:
    """Return what pyarrow opens: a path, or a stream of bytes."""
    return str(file.source) if isinstance(file.source, Path) else io.BytesIO(file.source)


def read_batches(batches: Any, file: RawFile, request: Request) -> Iterator[dict[str, Any]]:
    """Yield the rows of record batches."""
    request.at.enter(file.name, "row")
    number = 0
    for batch in batches:
        for row in batch.to_pylist():
            request.at.number = number
            number += 1
            yield row
