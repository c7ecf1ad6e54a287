"""Drop from a corpus what a benchmark holds out.

In: a corpus and the benchmarks of the study. Out: the corpus without every record one of whose
fields, or one of whose lines or sentences of ten letters or more, is a held-out string. The log
has the counts.

Example::

    python -m scripts.data.filter_corpus --corpus results/corpora/horizon_en-zh.parquet \\
        --benchmarks results/benchmarks/ui_en-zh.jsonl results/benchmarks/gloss_zh.jsonl \\
        --output results/clean/horizon_en-zh.parquet
"""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.data.corpora import read_corpus, write_corpus
from scripts.data.overlap import held_out_forms, normalise, sentence_forms, text_fields


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.filter_corpus", __doc__)
    parser.add_argument("--corpus", required=True, type=Path, help="Parquet file of build_corpus")
    parser.add_argument(
        "--benchmarks", nargs="*", default=[], type=Path, help="JSON lines of build_benchmark"
    )
    parser.add_argument("--output", required=True, type=Path, help="Parquet file to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the records that collide with no benchmark."""
    kind, records = read_corpus(arguments.corpus)
    held_out = gather_held_out(arguments.benchmarks)
    kept = []
    dropped: Counter[str] = Counter()
    for record in records:
        benchmark = find_collision(record, held_out)
        if benchmark:
            dropped[benchmark] += 1
        else:
            kept.append(record)
    name = arguments.corpus.stem
    log.info("%s: read %d, kept %d", name, len(records), len(kept))
    for benchmark, count in dropped.most_common():
        log.info("%s: dropped %d: in %s", name, count, benchmark)
    if not kept:
        raise InputError(f"{arguments.corpus}: all {len(records)} records are held out")
    write_corpus(arguments.output, kind, kept)


def gather_held_out(benchmarks: list[Path]) -> dict[str, str]:
    """Return normalised held-out string -> the first benchmark that has it."""
    held_out: dict[str, str] = {}
    for path in benchmarks:
        held_out = dict.fromkeys(held_out_forms(path), path.stem) | held_out
    return held_out


def find_collision(record: dict[str, Any], held_out: dict[str, str]) -> str | None:
    """Return the benchmark that holds out a field or a sentence of the record, None if none."""
    for text in text_fields(record).values():
        for form in (normalise(text), *sentence_forms(text)):
            if form in held_out:
                return held_out[form]
    return None


if __name__ == "__main__":
    run(main, parser())
