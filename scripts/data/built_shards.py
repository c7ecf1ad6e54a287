"""Corpora that several jobs build, each of some of the files: numbers of records go on across them.

A shard notes what it has counted. Its records that have no id of their own are numbered from 0 in
it, with a mark; joined, they are numbered as one job would have done.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from scripts.common.errors import InputError
from scripts.data.corpora import FEW
from scripts.data.corpus_blocks import even_blocks, open_corpus, read_facts, read_groups

MARK = "\0"
DIGITS = 8  # of a record's number
COUNTS = ("dropped", "shortened", "read")  # of a `Request`
Facts = dict[str, Any]


def mark_number(number: int) -> str:
    """Return the id of a record that has none of its own."""
    return f"{MARK}{number}"


def mark_own(name: str) -> str:
    """Return a record's own id, so that it is not taken for a number."""
    return f"{MARK}{name}" if name.startswith(MARK) else name


def unmark(name: str, before: int, digits: int) -> str:
    """Return the id that one job would have given, with so many rows before the shard."""
    if not name.startswith(MARK):
        return name
    rest = name.removeprefix(MARK)
    return rest if rest.startswith(MARK) else f"{int(rest) + before:0{digits}}"


def read_counts(paths: Sequence[Path]) -> list[Facts]:
    """Return what each shard counted; `InputError` where a file is none."""
    counts = [read_facts(open_corpus(path)[1]) for path in paths]
    for path, facts in zip(paths, counts, strict=True):
        if not isinstance(facts, dict) or not facts.keys() >= {*COUNTS, "kept"}:
            raise InputError(f"{path}: notes no counts, expected a shard of build_corpus")
    return counts


def join_shards(paths: Sequence[Path], counts: Iterable[Facts], digits: int) -> Iterator[pa.Table]:
    """Yield the records of all shards in tables of `FEW`, as `write_tables` wants them."""

    def blocks() -> Iterator[pa.RecordBatch]:
        before = 0
        for path, facts in zip(paths, counts, strict=True):
            for block in read_groups(open_corpus(path)[1], FEW):
                yield number_records(block, before, digits)
            before += facts["read"].get("rows", 0)

    return (pa.Table.from_batches([block]) for block in even_blocks(blocks(), FEW))


def number_records(block: pa.RecordBatch, before: int, digits: int) -> pa.RecordBatch:
    """Return a block with the ids that its records have in the corpus."""
    if not pc.any(pc.starts_with(block["id"], MARK)).as_py():
        return block
    ids = [unmark(name, before, digits) for name in block["id"].to_pylist()]
    return block.set_column(
        block.schema.get_field_index("id"), block.schema.field("id"), pa.array(ids)
    )
