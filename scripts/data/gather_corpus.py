"""Join the shards of a corpus to one file, and sum up what was dropped of each.

In: the shards in their order, as `clean_corpus` or `filter_corpus` wrote them, and the
near-duplicates among their records (`cluster_duplicates`), which are left out. Out: one corpus, the
same bytes for any number of shards, which notes what they noted; with `--report` that is a JSON
file, too. A corpus of which nothing is left is refused.

Example::

    python -m scripts.data.gather_corpus \\
        --shards results/shards/horizon_en-zh/cleaned/{1,2}-of-2.parquet \\
        --output results/cleaned/horizon_en-zh.parquet --report results/cleaned/horizon_en-zh.json
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import write_json
from scripts.data.corpus_blocks import (
    even_blocks,
    open_corpus,
    read_facts,
    read_groups,
    read_rows,
    write_blocks,
)
from scripts.data.drops import SHOWN, excerpt, sum_facts
from scripts.data.overlap import records_of

NEAR = "near-duplicate"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.gather_corpus", __doc__)
    parser.add_argument(
        "--shards", required=True, nargs="+", type=Path, help="Parquet files, in their order"
    )
    parser.add_argument("--duplicates", type=Path, help="Parquet file of cluster_duplicates")
    parser.add_argument("--output", required=True, type=Path, help="Parquet file to write")
    parser.add_argument("--report", type=Path, help="JSON file to write: what was dropped, and why")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the records of all shards."""
    files = [open_corpus(path)[1] for path in arguments.shards]
    duplicates = pq.read_table(arguments.duplicates) if arguments.duplicates else None
    facts = sum_facts(read_facts(file) for file in files)
    if duplicates:
        facts["dropped"][NEAR] = duplicates.num_rows
        facts["examples"] += [describe(files, one) for one in duplicates[:SHOWN].to_pylist()]
    kept = sum(file.metadata.num_rows for file in files) - facts["dropped"].get(NEAR, 0)
    name, dropped = arguments.output.stem, facts["dropped"]
    if not kept:
        told = ", ".join(f"{reason} {count}" for reason, count in dropped.items())
        raise InputError(f"{arguments.output}: all {facts['read']} records are dropped: {told}")
    with write_blocks(arguments.output, files[0].schema_arrow, facts) as write:
        for block in even_blocks(left_blocks(files, duplicates)):
            write(block)
    log.info("%s: read %d, kept %d", name, facts["read"], kept)
    for reason, count in dropped.items():
        log.info("%s: dropped %s: %s", name, count, reason)
    if arguments.report:
        write_json(arguments.report, {"kept": kept, **facts})


def describe(files: Sequence[pq.ParquetFile], found: dict[str, int]) -> dict[str, Any]:
    """Return a near-duplicate as an example, with the record of its cluster that is kept."""
    record = read_record(files[found["shard"]], found["row"])
    kept = read_record(files[found["kept_shard"]], found["kept_row"])
    texts = [excerpt(" | ".join(filter(None, records_of(one)[0]))) for one in (record, kept)]
    return {"reason": NEAR, "record": record["id"][0].as_py(), "text": texts[0], "of": texts[1]}


def read_record(file: pq.ParquetFile, row: int) -> pa.RecordBatch:
    """Return one record of a file."""
    (found,) = read_rows(file, range(row, row + 1))
    return found


def left_blocks(
    files: Sequence[pq.ParquetFile], duplicates: pa.Table | None
) -> Iterator[pa.RecordBatch]:
    """Yield the records of files that are no near-duplicates."""
    for number, file in enumerate(files):
        left = np.ones(file.metadata.num_rows, bool)
        if duplicates:
            rows = duplicates["row"].to_numpy()[duplicates["shard"].to_numpy() == number]
            left[rows] = False
        first = 0
        for block in read_groups(file):
            yield block.filter(pa.array(left[first : first + block.num_rows]))
            first += block.num_rows


if __name__ == "__main__":
    run(main, parser())
