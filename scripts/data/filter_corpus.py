"""Drop from a corpus what a benchmark holds out.

In: a corpus and the benchmarks of the study. Out: the corpus without every record that is found to
have a held-out string: one of its fields, lines or sentences is one (or a line or sentence of one),
or it contains one, changed a little or cut. How much of that is found, and how often a clean record
is dropped, is in docs/cleaning.md. `--decontaminate report` drops the former alone, and `fail` ends
at the first record found. The log has the counts; they and a few examples are noted in the file for
`check_overlap`.

Example::

    python -m scripts.data.filter_corpus --corpus results/corpora/horizon_en-zh.parquet \\
        --benchmarks results/benchmarks/ui_en-zh.jsonl results/benchmarks/gloss_zh.jsonl \\
        --output results/clean/horizon_en-zh.parquet
"""

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError, shorten
from scripts.data.corpus_blocks import map_blocks, open_corpus, write_blocks
from scripts.data.overlap import Found, Index, find_overlaps, index_benchmarks, records_of
from scripts.data.shards import parse_shard
from scripts.study.decontamination import DEFAULT, WAYS
from scripts.study.kinds import KINDS

SHOWN = 2  # examples of each benchmark and way
EXCERPT = 160  # characters of an example


@dataclass
class Dropped:
    """What was dropped, by benchmark and way (`equal`, `contained`), with the first examples."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, found: Found, block: pa.RecordBatch) -> None:
        """Count a record, and keep it as an example if it is one of the first."""
        benchmark, way = found.held_out.benchmark, "equal" if found.equal else "contained"
        self.counts[benchmark, way] += 1
        if self.counts[benchmark, way] <= SHOWN:
            self.examples.append(describe(found, block) | {"way": way})

    def facts(self) -> dict[str, Any]:
        """Return counts and examples as JSON has them."""
        counts: dict[str, dict[str, int]] = {}
        for (benchmark, way), count in self.counts.items():
            counts.setdefault(benchmark, {"equal": 0, "contained": 0})[way] = count
        return {"dropped": counts, "examples": self.examples}


def describe(found: Found, block: pa.RecordBatch) -> dict[str, Any]:
    """Return an example: which record of a block has how much of which string."""
    record = block.slice(found.row, 1)
    return {
        "record": record["id"][0].as_py(),
        "text": shorten(" | ".join(filter(None, records_of(record)[0])), EXCERPT),
        "benchmark": found.held_out.benchmark,
        "of": found.held_out.record,
        "held_out": shorten(found.held_out.text, EXCERPT),
        "share": round(found.share, 3),
    }


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.filter_corpus", __doc__)
    parser.add_argument("--corpus", required=True, type=Path, help="Parquet file of build_corpus")
    parser.add_argument(
        "--benchmarks", nargs="*", default=[], type=Path, help="JSON lines of build_benchmark"
    )
    parser.add_argument("--decontaminate", choices=WAYS, default=DEFAULT)
    parser.add_argument("--processes", type=int, help="unset: two for a large corpus")
    parser.add_argument("--shard", type=parse_shard, help="as 3-of-8, which may be left empty")
    parser.add_argument("--output", required=True, type=Path, help="Parquet file to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the records that have nothing of any benchmark."""
    kind, file = open_corpus(arguments.corpus)
    index = index_benchmarks(arguments.benchmarks, arguments.decontaminate != "report")
    dropped, facts = Dropped(), {"read": 0}
    kept = 0
    with write_blocks(arguments.output, file.schema_arrow, facts) as write:
        rows = arguments.shard and arguments.shard.rows(file.metadata.num_rows)
        for block, found in map_blocks(search(index, kind), file, arguments.processes, rows):
            if found and arguments.decontaminate == "fail":
                raise InputError(f"{arguments.corpus}: {tell(found[0], block)}")
            for one in found:
                dropped.add(one, block)
            overlapping = {one.row for one in found}
            left = [row not in overlapping for row in range(block.num_rows)]
            block = block.filter(pa.array(left))
            facts["read"] += len(left)
            kept += block.num_rows
            write(block)
        if not kept and not arguments.shard:
            raise InputError(f"{arguments.corpus}: all {facts['read']} records are held out")
        facts.update(dropped.facts())
    name = arguments.corpus.stem
    log.info("%s: read %d, kept %d", name, facts["read"], kept)
    for (benchmark, way), count in dropped.counts.most_common():
        log.info("%s: dropped %d: %s in %s", name, count, way, benchmark)


def search(index: Index | None, kind: str) -> Callable[[pa.RecordBatch], list[Found]]:
    """Return what finds the overlaps in a block of a corpus."""
    joined = len(KINDS[kind].fields) - 1 if kind == "instruction" else 0

    def find(block: pa.RecordBatch) -> list[Found]:
        return find_overlaps(index, records_of(block), joined) if index else []

    return find


def tell(found: Found, block: pa.RecordBatch) -> str:
    """Return a line on a record that was found."""
    example = describe(found, block)
    return (
        f"record {example['record']} has {example['share']:.0%} of {example['held_out']!r} "
        f"({example['benchmark']}, {example['of']}); decontaminate: drop leaves such records out"
    )


if __name__ == "__main__":
    run(main, parser())
