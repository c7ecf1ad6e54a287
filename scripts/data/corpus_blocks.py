"""A corpus as a stream of blocks of records, never held in memory as a whole.

Blocks are worked on by several processes, in order: results do not depend on how many there are.
"""

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.errors import InputError
from scripts.common.files import atomic_path
from scripts.common.workers import begin_worker
from scripts.study.kinds import KINDS

ROWS = 1024  # records of a block
LARGE = 1 << 15  # records of a corpus that two processes share
GROUP = 1 << 17  # records that are written together, or fewer where they have more bytes than this
LARGEST = 1 << 26
FACTS = b"lingraft"  # key of what a file says of itself
T = TypeVar("T")
Work = Callable[[pa.RecordBatch], T]


def open_corpus(path: Path) -> tuple[str, pq.ParquetFile]:
    """Return a corpus's kind and its file; `InputError` if it is none."""
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: not a readable Parquet file: {error}") from error
    columns = tuple(file.schema_arrow.names)
    for name, kind in KINDS.items():
        if columns == kind.fields:
            return name, file
    raise InputError(f"{path}: columns {', '.join(columns)} are those of no kind of corpus")


def read_facts(file: pq.ParquetFile) -> Any:
    """Return what `write_blocks` noted in a corpus, None where there is nothing."""
    noted = (file.metadata.metadata or {}).get(FACTS)
    return None if noted is None else json.loads(noted)


def read_groups(
    file: pq.ParquetFile, rows: int | None = None, columns: list[str] | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield a file in blocks of so many records (`ROWS`), fewer at the end of a group of records.

    One group at a time: pyarrow keeps what it has read of a file until all that it was asked for
    is read, of pairs 60 MiB a million.
    """
    for number in range(file.num_row_groups):
        yield from file.iter_batches(rows or ROWS, row_groups=[number], columns=columns)


def read_rows(file: pq.ParquetFile, rows: range) -> Iterator[pa.RecordBatch]:
    """Yield a range of a corpus in blocks; groups of records outside it are not read."""
    first = 0
    for number in range(file.num_row_groups):
        count = file.metadata.row_group(number).num_rows
        if first < rows.stop and first + count > rows.start:
            yield from cut_group(file, number, range(rows.start - first, rows.stop - first))
        first += count


def cut_group(file: pq.ParquetFile, number: int, rows: range) -> Iterator[pa.RecordBatch]:
    """Yield the blocks of one group of records, without those outside of `rows`."""
    first = 0
    for block in file.iter_batches(batch_size=ROWS, row_groups=[number]):
        start, stop = max(rows.start - first, 0), min(rows.stop - first, block.num_rows)
        if start < stop:
            yield block.slice(start, stop - start)
        first += block.num_rows


def even_blocks(
    blocks: Iterable[pa.RecordBatch], size: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield the same records in blocks of one size, so that a file does not tell how they came.

    Args:
        blocks: none of them larger than `size`, which is `ROWS` if unset.
    """
    waiting: list[pa.RecordBatch] = []
    rows, size = 0, size or ROWS
    for block in blocks:
        waiting.append(block)
        rows += block.num_rows
        if rows >= size:
            (joined,) = pa.Table.from_batches(waiting).combine_chunks().to_batches()
            yield joined.slice(0, size)
            rows -= size
            waiting = [joined.slice(size)] if rows else []
    if rows:
        yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()


def map_blocks(
    work: Work[T],
    file: pq.ParquetFile,
    processes: int | None = None,
    rows: range | None = None,
) -> Iterator[tuple[pa.RecordBatch, T]]:
    """Yield each block of a corpus and what `work` returns for it, in order.

    Processes are forked, so that they have what `work` knows without a copy; only a few blocks are
    on their way at any time. Unset, two work on a large corpus, or one where there is one core.

    Args:
        rows: only these records.
    """
    blocks = even_blocks(read_groups(file)) if rows is None else read_rows(file, rows)
    if processes is None:
        cores = len(os.sched_getaffinity(0))
        processes = min(2, cores) if file.metadata.num_rows >= LARGE else 1
    if processes < 2:
        yield from ((block, work(block)) for block in blocks)
        return
    with forked(work, processes) as submit:
        waiting: deque[tuple[pa.RecordBatch, Future[T]]] = deque()
        for block in blocks:
            waiting.append((block, submit(block)))
            if len(waiting) > 2 * processes:
                yield take(waiting)
        while waiting:
            yield take(waiting)


def take(waiting: deque[tuple[pa.RecordBatch, Future[T]]]) -> tuple[pa.RecordBatch, T]:
    """Return the oldest block and its result, once that is there."""
    block, future = waiting.popleft()
    return block, future.result()


_work: list[Work] = []  # of the processes that `forked` starts


@contextmanager
def forked(work: Work[T], processes: int) -> Iterator[Callable[[pa.RecordBatch], Future[T]]]:
    """Yield what gives a block to one of several processes."""
    _work[:] = [work]
    pool = ProcessPoolExecutor(processes, mp_context=get_context("fork"), initializer=begin_worker)
    try:
        yield lambda block: pool.submit(do_work, block)
    finally:
        pool.shutdown(cancel_futures=True)


def do_work(block: pa.RecordBatch) -> Any:
    """Do the work on one block, in a forked process."""
    return _work[0](block)


@contextmanager
def write_blocks(
    path: Path, schema: pa.Schema, facts: dict[str, Any]
) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """Yield what adds a block to the corpus at `path`, which is there once all are.

    Args:
        facts: what the file says of itself (`read_facts`), as it is in the end.
    """
    waiting: list[pa.RecordBatch] = []
    with (
        atomic_path(path) as partial,
        pq.ParquetWriter(partial, schema, compression="zstd") as file,
    ):

        def write() -> None:
            file.write_table(pa.Table.from_batches(waiting, schema))
            waiting.clear()

        def add(block: pa.RecordBatch) -> None:
            waiting.append(block)
            rows, size = sum(one.num_rows for one in waiting), sum(one.nbytes for one in waiting)
            if rows >= GROUP or size >= LARGEST:
                write()

        yield add
        write()
        file.add_key_value_metadata({FACTS: json.dumps(facts, ensure_ascii=False)})
