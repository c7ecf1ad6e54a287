"""Drop from a corpus, or a shard of one, what a study asks to be dropped.

In: a corpus of `build_corpus`. Out: its records, or those of one shard, without what is in another
language, pairs of sides that differ too much in length, and text of low quality: each only if it is
asked for. Each record is judged by itself. The file notes how many were dropped, by reason, with a
few examples; `gather_corpus` sums up those of all shards. No network is used.

Example::

    python -m scripts.data.clean_corpus --corpus results/corpora/horizon_en-zh.parquet \\
        --languages en zh --language 0.5 --length-ratio 5 --shard 3-of-8 \\
        --output results/shards/horizon_en-zh/cleaned/3-of-8.parquet
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from scripts.common.command import log, make_parser, run
from scripts.common.language_id import language_probability
from scripts.common.options import add_options, from_arguments
from scripts.data.corpus_blocks import open_corpus, read_rows, write_blocks
from scripts.data.drops import Drops
from scripts.data.record_texts import texts_of
from scripts.data.shards import Shard, parse_shard
from scripts.study.clean import Filters

Texts = list[tuple[str, str]]  # (language, text) of a record
Judge = Callable[[Texts], str]  # why a record is dropped, '' if it is kept


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.clean_corpus", __doc__)
    parser.add_argument("--corpus", required=True, type=Path, help="Parquet file of build_corpus")
    parser.add_argument("--languages", required=True, nargs="+", help="codes, of pairs two")
    parser.add_argument(
        "--spaced",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="whether there are spaces between words",
    )
    add_options(parser, Filters)
    parser.add_argument("--shard", type=parse_shard, default=Shard(), help="as 3-of-8; unset: all")
    parser.add_argument("--output", required=True, type=Path, help="Parquet file to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the records that are kept."""
    kind, file = open_corpus(arguments.corpus)
    judges = make_judges(arguments)
    drops = Drops()
    facts: dict[str, Any] = {}
    with write_blocks(arguments.output, file.schema_arrow, facts) as write:
        for block in read_rows(file, arguments.shard.rows(file.metadata.num_rows)):
            drops.read += block.num_rows
            kept = []
            for record in block.to_pylist():
                texts = texts_of(kind, arguments.languages, record)
                reason = next(filter(None, (judge(texts) for judge in judges)), "")
                kept.append(not reason)
                if reason:
                    drops.add(reason, record["id"], " | ".join(text for _, text in texts))
            write(block.filter(pa.array(kept, pa.bool_())))
        facts.update(drops.facts())
    log.info("read %d, kept %d", drops.read, drops.read - drops.counts.total())


def make_judges(arguments: argparse.Namespace) -> list[Judge]:
    """Return what is asked for, the cheapest first."""
    asked = from_arguments(Filters, arguments)
    judges: list[Judge] = []
    if asked.length_ratio:
        judges.append(judge_lengths(asked.length_ratio))
    if asked.language:
        judges.append(judge_languages(asked.language))
    if asked.quality:
        # Only who asks for it needs datatrove.
        from scripts.data.quality import find_quality

        judge = find_quality(asked.quality, arguments.languages[0], arguments.spaced)
        judges.append(lambda texts: judge(texts[0][1]))
    return judges


def judge_lengths(limit: float) -> Judge:
    """Return what drops a pair of which one side has more than `limit` times the other's bytes."""

    def judge(texts: Texts) -> str:
        short, long = sorted(len(text.encode()) for _, text in texts)
        return "length ratio" if long > limit * short else ""

    return judge


def judge_languages(least: float) -> Judge:
    """Return what drops a record a text of which is in its language with less probability."""

    def judge(texts: Texts) -> str:
        for language, text in texts:
            if language_probability(text, language) < least:
                return f"not {language}"
        return ""

    return judge


if __name__ == "__main__":
    run(main, parser())
