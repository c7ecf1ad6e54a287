"""Render, tokenize, mix and pack a model's training data, in the order it is trained on.

In: clean corpora, the parent's tokenizer, the mixture as JSON (a list of groups, each with `name`,
`weight` or null, and `parts`: dataset, kind, languages, names, side, start, stop).
Out: a folder with `rows.arrow` (input_ids, position_ids, labels: `length` integers each; tokens,
useful_tokens) and `manifest.json`.

    python -m scripts.train.pack_examples --tokenizer results/models/base \
        --corpora results/clean/everyday_en.parquet --mixture '[{"name": "all", …}]' \
        --objective response --format chatml --length 256 --batch 4 --steps 40 --seed 1 \
        --output results/packed/instruct-en
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.command import log, run
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, sha256, write_json
from scripts.common.progress import track
from scripts.common.prompts import get_format
from scripts.train.mixing import interleave, read_order
from scripts.train.packing import Dropped, Row, columns, fit, pack
from scripts.train.rendering import (
    Example,
    Vocabulary,
    as_instruction,
    as_text,
    encode_responses,
    encode_texts,
)


def main(arguments: argparse.Namespace) -> None:
    """Pack, write the rows and their manifest."""
    vocabulary = Vocabulary.load(arguments.tokenizer)
    corpora = {path.stem: path for path in arguments.corpora}
    groups = json.loads(arguments.mixture)
    dropped = Dropped()
    examples = order_examples(groups, corpora, vocabulary, arguments)
    fitted = fit(examples, arguments.length, arguments.objective == "text", dropped)
    rows = take_rows(pack(fitted, arguments.length), arguments)
    manifest = {
        "objective": arguments.objective,
        "format": arguments.format,
        "length": arguments.length,
        "batch": arguments.batch,
        "steps": len(rows) // arguments.batch,
        "seed": arguments.seed,
        "rows": len(rows),
        "mixture": groups,
        "too_long": dropped.too_long,
        "cut": dropped.cut,
    } | count_tokens(rows, arguments.length)
    with atomic_path(arguments.output) as partial:
        partial.mkdir()
        write_rows(rows, arguments.length, vocabulary.eos, partial / "rows.arrow")
        manifest["sha256"] = sha256(partial / "rows.arrow")
        write_json(partial / "manifest.json", manifest)
    log.info("%s", {key: manifest[key] for key in ("rows", "steps", "fill", "sources")})


def order_examples(
    groups: list[dict], corpora: dict[str, Path], vocabulary: Vocabulary, arguments: Any
) -> Iterator[Example]:
    """Yield all groups' examples in training order; endless unless `--epochs` is given."""
    streams = []
    for group in groups:
        records = list(chain.from_iterable(read_part(part, corpora) for part in group["parts"]))
        name, passes = group["name"], arguments.epochs
        ordered = (record for _, record in read_order(records, arguments.seed, name, passes))
        streams.append((group["weight"], render(ordered, vocabulary, arguments)))
    if len(streams) == 1:
        return streams[0][1]
    return interleave(streams)


def read_part(part: dict[str, Any], corpora: dict[str, Path]) -> list[tuple[dict, dict, int]]:
    """Return (part, record, index) for every record of a part's slice."""
    if part["dataset"] not in corpora:
        raise InputError(f"--corpora: {part['dataset']}.parquet is missing")
    table = pq.read_table(corpora[part["dataset"]])
    records = table.slice(part["start"]).to_pylist()
    if part["stop"] is not None:
        records = records[: part["stop"] - part["start"]]
    return [(part, record, index) for index, record in enumerate(records)]


def render(
    records: Iterator[tuple[dict, dict, int]], vocabulary: Vocabulary, arguments: Any
) -> Iterator[Example]:
    """Yield the examples of (part, record, index) under the recipe's objective."""
    wording = as_text if arguments.objective == "text" else as_instruction
    worded = ((part["dataset"], wording(part)(record, index)) for part, record, index in records)
    if arguments.objective == "text":
        return encode_texts(worded, vocabulary)
    return encode_responses(worded, vocabulary, get_format(arguments.format))


def take_rows(rows: Iterator[Row], arguments: argparse.Namespace) -> list[Row]:
    """Return whole global batches: the steps asked for, or all epochs with the last batch filled.

    With epochs, the last batch is filled up with rows from the start.
    """
    if arguments.steps:
        wanted = arguments.steps * arguments.batch
        return list(track(islice(rows, wanted), wanted, "packing", "row"))
    found = list(track(rows, 0, "packing", "row"))
    missing = -len(found) % arguments.batch
    return [*found, *(found * missing)[:missing]]


def count_tokens(rows: list[Row], length: int) -> dict[str, Any]:
    """Return counts per source, and which share of all positions holds tokens."""
    records, tokens, useful = Counter(), Counter(), Counter()
    for example in chain.from_iterable(row.examples for row in rows):
        records[example.source] += 1
        tokens[example.source] += len(example.ids)
        useful[example.source] += len(example.ids) - max(example.first, 1)
    sources = {
        name: {"records": records[name], "tokens": tokens[name], "useful_tokens": useful[name]}
        for name in sorted(records)
    }
    filled = tokens.total() / (len(rows) * length)
    return {
        "tokens": tokens.total(),
        "useful_tokens": useful.total(),
        "fill": round(filled, 4),
        "sources": sources,
    }


def write_rows(rows: list[Row], length: int, pad: int, path: Path) -> None:
    """Write the rows as an Arrow stream, the form that `datasets.Dataset.from_file` maps."""
    lists = dict.fromkeys(["input_ids", "position_ids", "labels"], pa.list_(pa.int32()))
    schema = pa.schema(lists | dict.fromkeys(["tokens", "useful_tokens"], pa.int32()))
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        for start in range(0, len(rows), 1000):
            batch = [columns(row, length, pad) for row in rows[start : start + 1000]]
            writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=schema))


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(
        prog="train.pack_examples", description=__doc__.partition("\n")[0]
    )
    options.add_argument("--tokenizer", type=Path, required=True, help="the parent's folder")
    options.add_argument("--corpora", type=Path, nargs="+", required=True)
    options.add_argument("--mixture", required=True, help="JSON, see above")
    options.add_argument("--objective", choices=["response", "text"], required=True)
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
