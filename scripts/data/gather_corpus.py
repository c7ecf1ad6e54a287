"""Join the shards of a corpus to one file, and sum up what was dropped of each.

In: the shards in their order, as `clean_corpus` or `filter_corpus` wrote them. Out: one corpus, the
same bytes for any number of shards, which notes what they noted; with `--report` that is a JSON
file, too. A corpus of which nothing is left is refused.

Example::

    python -m scripts.data.gather_corpus \\
        --shards results/shards/horizon_en-zh/cleaned/{1,2}-of-2.parquet \\
        --output results/cleaned/horizon_en-zh.parquet --report results/cleaned/horizon_en-zh.json
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import write_json
from scripts.data.corpus_blocks import ROWS, open_corpus, read_facts, write_blocks
from scripts.data.drops import sum_facts


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.gather_corpus", __doc__)
    parser.add_argument(
        "--shards", required=True, nargs="+", type=Path, help="Parquet files, in their order"
    )
    parser.add_argument("--output", required=True, type=Path, help="Parquet file to write")
    parser.add_argument("--report", type=Path, help="JSON file to write: what was dropped, and why")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the records of all shards."""
    files = [open_corpus(path)[1] for path in arguments.shards]
    facts = sum_facts(read_facts(file) for file in files)
    kept = sum(file.metadata.num_rows for file in files)
    dropped = ", ".join(f"{reason} {count}" for reason, count in facts["dropped"].items())
    if not kept:
        raise InputError(f"{arguments.output}: all {facts['read']} records are dropped: {dropped}")
    with write_blocks(arguments.output, files[0].schema_arrow, facts) as write:
        for block in even_blocks(block for file in files for block in file.iter_batches(ROWS)):
            write(block)
    log.info("%s: read %d, kept %d", arguments.output.stem, facts["read"], kept)
    for reason, count in facts["dropped"].items():
        log.info("%s: dropped %s: %s", arguments.output.stem, count, reason)
    if arguments.report:
        write_json(arguments.report, {"kept": kept, **facts})


def even_blocks(blocks: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the same records in blocks of `ROWS`, so that a file does not tell how they came."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for block in blocks:
        waiting.append(block)
        rows += block.num_rows
        if rows >= ROWS:
            (joined,) = pa.Table.from_batches(waiting).combine_chunks().to_batches()
            yield joined.slice(0, ROWS)
            waiting = [joined.slice(ROWS)]
            rows -= ROWS
    if rows:
        yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()


if __name__ == "__main__":
    run(main, parser())
