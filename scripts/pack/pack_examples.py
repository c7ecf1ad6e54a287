"""Render, tokenize, mix and pack a model's training data, in the order it is trained on.

In: clean corpora, the parent's tokenizer, the mixture as JSON (a list of groups, each with `name`,
`weight` or null, and `parts`: dataset, kind, languages, names, side, start, stop).
Out: a folder with `rows.arrow` (input_ids, position_ids, labels: `length` integers each; tokens,
useful_tokens; records: `dataset:id` of its examples) and `manifest.json`. Neither corpora nor rows
are held in memory.

    python -m scripts.pack.pack_examples --tokenizer results/models/base \
        --corpora results/clean/everyday_en.parquet --mixture '[{"name": "all", …}]' \
        --objective response --format chatml --length 256 --batch 4 --steps 40 --seed 1 \
        --output results/packed/instruct-en
"""

import argparse
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from scripts.common.command import log, run
from scripts.common.files import atomic_path, sha256, write_json
from scripts.common.progress import track
from scripts.pack.mixing import interleave, read_order
from scripts.pack.packed_rows import fill_batch, write_rows
from scripts.pack.packing import Dropped, Row, fit, pack
from scripts.pack.records import Record, Records, map_corpora
from scripts.pack.rendering import Example, Vocabulary, encode_responses, encode_texts
from scripts.pack.suffix import encode_suffixes
from scripts.study.prompts import get_format

OBJECTIVES = ("response", "text", "suffix")


def main(arguments: argparse.Namespace) -> None:
    """Pack, write the rows and their manifest."""
    vocabulary = Vocabulary.load(arguments.tokenizer)
    groups = json.loads(arguments.mixture)
    with atomic_path(arguments.output) as partial:
        partial.mkdir()
        records = read_groups(groups, arguments.corpora, partial)
        dropped = Dropped(sum(map(len, records)))
        examples = order_examples(groups, records, vocabulary, arguments, dropped)
        fitted = fit(examples, arguments.length, arguments.objective == "text", dropped)
        rows = take_rows(pack(fitted, arguments.length), arguments)
        path = partial / "rows.arrow"
        counts = write_rows(rows, arguments.length, vocabulary.eos, path)
        manifest = {
            "objective": arguments.objective,
            "format": arguments.format,
            "length": arguments.length,
            "batch": arguments.batch,
            "steps": counts.rows // arguments.batch,
            "seed": arguments.seed,
            "rows": counts.rows,
            "mixture": groups,
            "too_long": dropped.too_long,
            "cut": dropped.cut,
        }
        manifest |= counts.describe(arguments.length) | {"sha256": sha256(path)}
        write_json(partial / "manifest.json", manifest)
    log.info("%s", {key: manifest[key] for key in ("rows", "steps", "fill", "sources")})


def read_groups(groups: list[dict], paths: list[Path], folder: Path) -> list[Records]:
    """Return each group's records, on disk."""
    names = [part["dataset"] for group in groups for part in group["parts"]]
    tables = map_corpora(names, {path.stem: path for path in paths}, folder)
    return [Records(group["parts"], tables) for group in groups]


def order_examples(
    groups: list[dict],
    records: list[Records],
    vocabulary: Vocabulary,
    arguments: Any,
    dropped: Dropped,
) -> Iterator[Example]:
    """Yield all groups' examples in training order; endless unless `--epochs` is given."""
    streams = []
    for group, found in zip(groups, records, strict=True):
        order = read_order(len(found), arguments.seed, group["name"], arguments.epochs)
        stream = render(found.read_all(order), vocabulary, arguments, dropped)
        streams.append((group["weight"], stream))
    if len(streams) == 1:
        return streams[0][1]
    return interleave(streams)


def render(
    records: Iterator[Record], vocabulary: Vocabulary, arguments: Any, dropped: Dropped
) -> Iterator[Example]:
    """Yield the records' examples under the recipe's objective."""
    if arguments.objective == "text":
        return encode_texts(records, vocabulary)
    if arguments.objective == "suffix":
        return encode_suffixes(records, vocabulary, arguments.length, arguments.seed, dropped)
    return encode_responses(records, vocabulary, get_format(arguments.format))


def take_rows(rows: Iterator[Row], arguments: argparse.Namespace) -> Iterator[Row]:
    """Yield whole global batches: the steps asked for, or all epochs with the last batch filled."""
    if arguments.steps:
        wanted = arguments.steps * arguments.batch
        return track(islice(rows, wanted), wanted, "packing", "row")
    return fill_batch(track(rows, 0, "packing", "row"), arguments.batch)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(
        prog="pack.pack_examples", description=__doc__.partition("\n")[0]
    )
    options.add_argument("--tokenizer", type=Path, required=True, help="the parent's folder")
    options.add_argument("--corpora", type=Path, nargs="+", required=True)
    options.add_argument("--mixture", required=True, help="JSON, see above")
    options.add_argument("--objective", choices=OBJECTIVES, required=True)
    options.add_argument("--format", required=True, help="a name in prompts/formats.yaml")
    options.add_argument("--length", type=int, required=True, help="tokens a row")
    options.add_argument("--batch", type=int, required=True, help="rows an optimizer step")
    amount = options.add_mutually_exclusive_group(required=True)
    amount.add_argument("--steps", type=int, help="optimizer steps")
    amount.add_argument("--epochs", type=int, help="passes over the data")
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--output", type=Path, required=True)
    return options


if __name__ == "__main__":
    run(main, parser())
