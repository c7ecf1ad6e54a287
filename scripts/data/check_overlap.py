"""Search a clean corpus for what benchmarks hold out, by another method than the filter's.

In: a corpus after `filter_corpus` and the benchmarks. Out: a JSON file with how many records were
examined, what the filter dropped, and what was found: counts and examples. Found is a record one of
whose fields is a held-out string, or that contains one, changed a little or cut
(`scripts.data.byte_grams`; docs/cleaning.md has how much of it is found). If there is any, nothing
is written and the first three are named; with `--decontaminate report` they are listed instead. Of
one shard they always are, for `gather_checks`.

Example::

    python -m scripts.data.check_overlap --corpus results/clean/horizon_en-zh.parquet \\
        --benchmarks results/benchmarks/ui_en-zh.jsonl \\
        --output results/checks/horizon_en-zh.json
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError, shorten
from scripts.common.files import write_json
from scripts.data.byte_grams import find_grams, plain
from scripts.data.corpus_blocks import map_blocks, open_corpus, read_facts
from scripts.data.secret_texts import SecretTexts, read_secrets
from scripts.data.shards import parse_shard
from scripts.study.decontamination import DEFAULT, WAYS
from scripts.study.kinds import WORDINGS

NAMED = 3  # offenders in the message
SHOWN = 10  # in the report
EXCERPT = 160  # characters
Example = dict[str, Any]
Report = dict[str, Any]


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.check_overlap", __doc__)
    parser.add_argument("--corpus", required=True, type=Path, help="Parquet file of filter_corpus")
    parser.add_argument(
        "--benchmarks", nargs="*", default=[], type=Path, help="JSON lines of build_benchmark"
    )
    parser.add_argument("--decontaminate", choices=WAYS, default=DEFAULT)
    parser.add_argument("--processes", type=int, help="unset: two for a large corpus")
    parser.add_argument("--shard", type=parse_shard, help="as 3-of-8, for gather_checks")
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Compare every record of the corpus, or of a shard, with every held-out string."""
    report = examine(arguments)
    if not arguments.shard:
        refuse(report)
    write_json(arguments.output, report)
    counts = report["examined"], report["overlap"]
    log.info("%s: %d records, %d with held-out text", arguments.corpus.stem, *counts)


def examine(arguments: argparse.Namespace) -> Report:
    """Return how many records were examined, and what was found in them."""
    _, file = open_corpus(arguments.corpus)
    secrets, held_out = read_secrets(arguments.benchmarks)
    rows = arguments.shard and arguments.shard.rows(file.metadata.num_rows)
    examined = 0
    found: Counter[str] = Counter()
    examples: list[Example] = []
    for block, overlaps in map_blocks(search(secrets), file, arguments.processes, rows):
        examined += block.num_rows
        for example in overlaps:
            found[example["benchmark"]] += 1
            if len(examples) < SHOWN:
                examples.append(example)
    return {
        "corpus": str(arguments.corpus),
        "decontaminate": arguments.decontaminate,
        "examined": examined,
        "held_out": held_out,
        "filter": read_facts(file),
        "overlap": found.total(),
        "found": dict(found),
        "examples": examples,
    }


def refuse(report: Report) -> None:
    """Raise `InputError` where something was found, unless the study asks only for a report."""
    if report["overlap"] and report["decontaminate"] != "report":
        shown = "; ".join(map(tell, report["examples"][:NAMED]))
        raise InputError(
            f"{report['corpus']}: {report['overlap']} records have held-out text: {shown}; a study "
            "with decontaminate: report keeps and lists them"
        )


def search(secrets: SecretTexts | None) -> Callable[[pa.RecordBatch], list[Example]]:
    """Return what lists the records of a block that have held-out text."""

    def find(block: pa.RecordBatch) -> list[Example]:
        return list(find_secrets(secrets, block)) if secrets else []

    return find


def find_secrets(secrets: SecretTexts, block: pa.RecordBatch) -> Iterator[Example]:
    """Yield an example for each record of a block that has held-out text."""
    records = [list(strings_of(record)) for record in block.to_pylist()]
    plains = [[plain(text) for text in record] for record in records]
    found: dict[int, tuple[int, float]] = {}
    for row, fields in enumerate(plains):
        # A question may stand in the instruction and the input together.
        for whole in (*fields, b"".join(fields[:2])):
            if whole in secrets.wholes:
                found[row] = secrets.wholes[whole], 1.0
    for row, number, share in find_grams(secrets.grams, [b"".join(fields) for fields in plains]):
        if row not in found or share > found[row][1]:
            found[row] = number, share
    for row, (number, share) in sorted(found.items()):
        secret = secrets.strings[number]
        yield {
            "record": block["id"][row].as_py(),
            "text": shorten(" | ".join(filter(None, records[row])), EXCERPT),
            "benchmark": secret.benchmark,
            "of": secret.record,
            "held_out": shorten(secret.text, EXCERPT),
            "share": round(share, 3),
        }


def strings_of(record: dict[str, Any]) -> Iterator[str]:
    """Yield the strings of a record's columns but its id and its requests.

    Of a list they are each item, of a conversation each turn's text.
    """
    for name, value in record.items():
        if name in ("id", *WORDINGS):
            continue
        for item in value if isinstance(value, list) else [value]:
            text = item["content"] if isinstance(item, dict) else item
            if isinstance(text, str):
                yield text


def tell(example: Example) -> str:
    """Return an example in a few words."""
    text = repr(shorten(example["held_out"]))
    share = f", {example['share']:.0%} of it" if example["share"] < 1 else ""
    return f"{example['record']} = {example['benchmark']} {example['of']}: {text}{share}"


if __name__ == "__main__":
    run(main, parser())
