"""Prove that a clean corpus has no string of a benchmark.

In: a corpus after `filter_corpus` and the benchmarks. Out: a JSON file with the counts of
compared strings and ``"overlap": 0``. If there is an overlap, nothing is written and the first
three offenders are named. Both sides are read from the files and compared string by string here,
so a fault of the filter cannot hide.

Example::

    python -m scripts.data.check_overlap --corpus results/clean/horizon_en-zh.parquet \\
        --benchmarks results/benchmarks/ui_en-zh.jsonl \\
        --output results/checks/horizon_en-zh.json
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import write_json
from scripts.data.corpora import read_corpus
from scripts.data.overlap import SHORTEST_SENTENCE, normalise, read_held_out
from scripts.data.sentences import split_sentences

SHOWN = 3


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.check_overlap", __doc__)
    parser.add_argument("--corpus", required=True, type=Path, help="Parquet file of filter_corpus")
    parser.add_argument(
        "--benchmarks", nargs="*", default=[], type=Path, help="JSON lines of build_benchmark"
    )
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Compare every string of the corpus with every held-out one."""
    secrets: dict[str, str] = {}
    counts = {}
    for path in arguments.benchmarks:
        strings = read_held_out(path)
        counts[path.stem] = len(strings)
        for identifier, string in strings:
            for form in comparable_forms(string):
                secrets.setdefault(form, f"{path.stem} {identifier}")
    examined, offenders = 0, []
    for identifier, string in corpus_strings(arguments.corpus):
        examined += 1
        found = next((secrets[form] for form in comparable_forms(string) if form in secrets), None)
        if found:
            offenders.append(f"{identifier} = {found}: {string[:60]!r}")
    if offenders:
        shown = "; ".join(offenders[:SHOWN])
        raise InputError(f"{arguments.corpus}: {len(offenders)} held-out strings: {shown}")
    report = {"corpus": str(arguments.corpus), "examined": examined}
    write_json(arguments.output, {**report, "held_out": counts, "overlap": 0})
    log.info("%s: %d strings, none held out", arguments.corpus.stem, examined)


def comparable_forms(string: str) -> Iterator[str]:
    """Yield what of a string is compared: the whole, each line and each sentence of some length."""
    whole = normalise(string)
    if whole:
        yield whole
    for part in (*string.splitlines(), *split_sentences(string)):
        form = normalise(part)
        if len(form) >= SHORTEST_SENTENCE:
            yield form


def corpus_strings(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (record id, string) for each column but the id, each item of a list."""
    for record in read_corpus(path)[1]:
        values = [value for name, value in record.items() if name != "id"]
        for value in values:
            for string in value if isinstance(value, list) else [value]:
                yield record["id"], string
        if "instruction" in record:
            yield record["id"], f"{record['instruction']}\n{record['input']}"


if __name__ == "__main__":
    run(main, parser())
