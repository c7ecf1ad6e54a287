"""Render, tokenize, mix and pack a model's training data, in the order it is trained on.

In: clean corpora, the parent's tokenizer, the mixture as JSON (a list of groups, each with `name`,
`weight` or null, and `parts`: dataset, kind, languages, names, side, start, stop).
Out: a folder with `rows.arrow` (input_ids, position_ids, labels: `length` integers each; tokens,
useful_tokens; records: `dataset:id` of its examples) and `manifest.json`. Neither corpora nor rows
are held in memory.

    python -m scripts.pack.pack_examples --tokenizer results/models/base \\
        --corpora results/clean/everyday_en.parquet --mixture '[{"name": "all", …}]' \\
        --objective response --format chatml --length 256 --batch 4 --steps 40 --seed 1 \\
        --output results/packed/instruct-en
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, sha256, write_json
from scripts.common.options import add_options, from_arguments
from scripts.common.progress import track
from scripts.common.settings import names_of
from scripts.pack.conversations import encode_dialogues
from scripts.pack.mixing import Shares, read_order
from scripts.pack.mixture import Group, read_mixture
from scripts.pack.packed_rows import fill_batch, write_rows
from scripts.pack.packing import Row, pack_apart, pack_groups
from scripts.pack.records import Records, check_columns, map_corpora
from scripts.pack.rendering import Example, Vocabulary, encode_responses, encode_texts
from scripts.pack.suffix import encode_suffixes
from scripts.pack.too_long import Lengths, fit
from scripts.pack.window import SIZE, Window
from scripts.pack.wording import Wording
from scripts.study.kinds import CHAT
from scripts.study.prompts import get_format
from scripts.study.recipe import Packing
from scripts.study.wordings import Wordings

AMOUNT = ("steps", "epochs")  # one of the two is given


def main(arguments: argparse.Namespace) -> None:
    """Pack, write the rows and their manifest."""
    vocabulary = Vocabulary.load(arguments.tokenizer)
    groups, seed = read_mixture(arguments.mixture), arguments.seed
    wording = Wording(Wordings.read(arguments.wordings), seed)
    packing = from_arguments(Packing, arguments)
    with atomic_path(arguments.output) as partial:
        partial.mkdir()
        records = read_groups(groups, arguments.corpora, partial)
        lengths = [Lengths(packing.length, len(found)) for found in records]
        windows = [
            Window(
                read_examples(group["name"], found, vocabulary, packing, wording, long),
                min(SIZE, len(found)),  # of small data, no more than a pass
            )
            for group, found, long in zip(groups, records, lengths, strict=True)
        ]
        shares = Shares(weigh(groups, records, packing), packing.weights, packing.length)
        if packing.pack:
            rows = pack_groups(windows, shares, packing.length)
        else:
            rows = pack_apart(windows, shares)
        path = partial / "rows.arrow"
        counts = write_rows(take_rows(rows, packing), packing.length, vocabulary.eos, path)
        for others in lengths[1:]:
            lengths[0].add(others)
        manifest = {
            "objective": packing.objective,
            "format": packing.format,
            "length": packing.length,
            "batch": packing.batch,
            "steps": counts.rows // packing.batch,
            "seed": seed,
            "rows": counts.rows,
            "mixture": groups,
            "weights": packing.weights,
            "too_long": lengths[0].dropped.total(),
            "cut": counts.cut.total(),
        }
        if arguments.wordings:
            manifest["wordings"] = wording.wordings.name
        available = sum((found.sizes() for found in records), Counter())
        manifest |= counts.describe(packing.length, available, lengths[0])
        write_json(partial / "manifest.json", manifest | {"sha256": sha256(path)})
    lengths[0].warn()
    log.info("%s", {key: manifest[key] for key in ("rows", "steps", "fill", "sources")})


def read_groups(groups: list[Group], paths: list[Path], folder: Path) -> list[Records]:
    """Return each group's records, on disk."""
    parts = [part for group in groups for part in group["parts"]]
    corpora = {path.stem: path for path in paths}
    tables = map_corpora([part["dataset"] for part in parts], corpora, folder)
    for part in parts:
        check_columns(corpora[part["dataset"]], part["kind"], tables[part["dataset"]])
    return [Records(group["parts"], tables, group.get("cuts", ())) for group in groups]


def weigh(groups: list[Group], records: list[Records], packing: Packing) -> list[float]:
    """Return the groups' weights, by their sizes where the recipe has a temperature."""
    power = 1 / packing.temperature if packing.temperature else 0
    return [
        (group["weight"] or 1) * len(found) ** power
        for group, found in zip(groups, records, strict=True)
    ]


def read_examples(
    name: str,
    records: Records,
    vocabulary: Vocabulary,
    packing: Packing,
    wording: Wording,
    lengths: Lengths,
) -> Iterator[Example]:
    """Yield a group's examples in training order; endless unless epochs are given."""
    ordered = records.read_all(read_order(len(records), wording.seed, name, packing.epochs))
    how = packing.what_is_too_long
    if packing.objective == "suffix":
        return encode_suffixes(ordered, vocabulary, wording, how, lengths)
    if packing.objective == "text":
        return fit(encode_texts(ordered, vocabulary), how, lengths)
    if packing.format is None:
        raise InputError("--format: found none, expected one for the objective 'response'")
    form = get_format(packing.format, vocabulary.folder)
    if any(part["kind"] == CHAT for part in records.parts):
        talks = encode_dialogues(ordered, vocabulary, form, wording, packing.join, packing.turns)
        return fit(talks, how, lengths)
    examples = encode_responses(ordered, vocabulary, form, wording, packing.join)
    return fit(examples, how, lengths)


def take_rows(rows: Iterator[Row], packing: Packing) -> Iterator[Row]:
    """Yield whole global batches: the steps asked for, or all epochs with the last batch filled."""
    if packing.steps:
        wanted = packing.steps * packing.batch
        return track(islice(rows, wanted), wanted, "packing", "row")
    return fill_batch(track(rows, 0, "packing", "row"), packing.batch)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("pack.pack_examples", __doc__)
    options.add_argument("--tokenizer", type=Path, required=True, help="the parent's folder")
    options.add_argument("--corpora", type=Path, nargs="+", required=True)
    options.add_argument("--mixture", required=True, help="JSON, see above")
    add_options(options, Packing, set(names_of(Packing)) - set(AMOUNT))
    add_options(options.add_mutually_exclusive_group(required=True), Packing, AMOUNT)
    options.add_argument("--wordings", type=Path, help="JSON of read_wordings; unset: the default")
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--output", type=Path, required=True)
    return options


if __name__ == "__main__":
    run(main, parser())
