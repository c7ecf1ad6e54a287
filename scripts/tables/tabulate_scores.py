"""Gather the study's scores and comparisons in one table.

In: score files (``results/<model>/<benchmark>.<metric>``), comparison files
(``results/comparisons/<model>.jsonl``, a line a score), the models as rows and the
``<benchmark>.<metric>`` pairs as columns, both in the order in which they are shown.
Out: ``<stem>.csv`` (one line per model, benchmark and metric), ``<stem>.md``, ``<stem>.tex``.

    python -m scripts.tables.tabulate_scores --scores results/base/ui_en-zh.bleu \\
        results/x-smollm2-zh/ui_en-zh.bleu --baseline base --models base x-smollm2-zh \\
        --columns ui_en-zh.bleu --output-stem results/tables/main \\
        --comparisons results/comparisons/x-smollm2-zh.jsonl
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.common.command import make_parser, run
from scripts.common.errors import InputError, nearest
from scripts.common.files import (
    NUMBER,
    OPTIONAL,
    Fields,
    check_fields,
    read_json,
    read_records,
)
from scripts.study.metrics import get_metric
from scripts.tables.holm import adjust
from scripts.tables.main_table import COLUMNS, is_significant
from scripts.tables.score_forms import write_table
from scripts.tables.seeds import SEED_COLUMNS, Seeds, add_seeds, read_seeds, seed_columns

Record = dict[str, Any]
Records = dict[tuple[str, str], Record]  # by model and benchmark.metric
Placed = tuple[str, Record]  # where a record was read: file, or file:line
NAMES: Fields = {"model": str, "benchmark": str, "metric": str}
SCORE: Fields = {**NAMES, "score": OPTIONAL}
COMPARISON: Fields = {
    **NAMES, "baseline": str, "difference": OPTIONAL,
    "p_value": OPTIONAL, "p_randomisation": OPTIONAL,  # a star needs both tests
}  # fmt: skip
# What is shown of either where it has it.
SHOWN: Fields = {
    "interval": (list, type(None)), "confidence": OPTIONAL, "n": OPTIONAL, "counted": OPTIONAL,
    "signature": (str, type(None)), "predictions": (dict, type(None)), "test": (str, type(None)),
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """What a table shows: models as rows, ``<benchmark>.<metric>`` pairs as columns, in order.

    Changes are from the model `baseline`. `seeds` are the models that a row was trained as.
    """

    models: list[str]
    columns: list[str]
    baseline: str
    seeds: Seeds = field(default_factory=dict)

    @property
    def known(self) -> list[str]:
        """Return the models whose scores the table needs."""
        return [*self.models, *(model for some in self.seeds.values() for _, model in some)]


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("tables.tabulate_scores", __doc__)
    parser.add_argument("--scores", type=Path, nargs="+", required=True)
    parser.add_argument("--comparisons", type=Path, nargs="*", default=[])
    parser.add_argument("--baseline", required=True, help="the model that changes are taken from")
    parser.add_argument("--models", nargs="+", required=True, help="rows, in order")
    parser.add_argument("--columns", nargs="+", required=True, help="<benchmark>.<metric> …")
    add_seeds(parser)
    parser.add_argument("--output-stem", type=Path, required=True, help="path without .csv")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the three forms of the table."""
    if arguments.baseline not in arguments.models:
        hint = nearest(arguments.baseline, arguments.models)
        raise InputError(f"--baseline {arguments.baseline!r} is not among --models{hint}")
    seeds = read_seeds(arguments.seeds)
    layout = Layout(arguments.models, arguments.columns, arguments.baseline, seeds)
    scores = arrange(map(read_score, arguments.scores), layout)
    comparisons = arrange(read_comparisons(arguments.comparisons), layout)
    write_table(build_table(scores, comparisons, layout), arguments.output_stem, label="main")


def arrange(found: Iterable[Placed], layout: Layout) -> Records:
    """Return records by model and column; `InputError` names a file that has no place."""
    records: Records = {}
    for path, record in found:
        model, column = record["model"], f"{record['benchmark']}.{record['metric']}"
        check_name(path, model, "--models", layout.known)
        check_name(path, column, "--columns", layout.columns)
        if record.get("baseline", layout.baseline) != layout.baseline:
            found, expected = record["baseline"], layout.baseline
            raise InputError(f"{path}: found baseline {found!r}, expected {expected!r}")
        if (model, column) in records:
            raise InputError(f"{path}: a second record of {model}'s {column}; expected one")
        records[model, column] = record
    return records


def read_score(path: Path) -> Placed:
    """Return a score file's name and content; `InputError` where a field is missing or wrong."""
    record: Record = read_json(path, "a score file; delete it and run again", SCORE)
    check_shown(str(path), record)
    return str(path), record


def read_comparisons(paths: Iterable[Path]) -> Iterator[Placed]:
    """Yield the lines of comparison files; `InputError` where a field is missing or wrong."""
    for path in paths:
        for number, record in enumerate(read_records(path, "comparisons", COMPARISON), 1):
            check_shown(f"{path}:{number}", record)
            yield f"{path}:{number}", record


def check_shown(place: str, record: Record) -> None:
    """Raise `InputError` if one of `SHOWN` is of another type."""
    shown = {name: kind for name, kind in SHOWN.items() if name in record}
    check_fields(record, shown, place, "a score or a comparison")
    interval = record.get("interval")
    if interval == [None, None]:
        return  # of one record, or of resamples that are all alike: there is none
    if interval and (len(interval) != 2 or not all(isinstance(end, NUMBER) for end in interval)):
        raise InputError(f"{place}: interval: found {interval!r}, expected two numbers")


def check_name(path: str, name: str, option: str, known: list[str]) -> None:
    """Raise `InputError` if a file is about a model or column that was not asked for."""
    if name not in known:
        raise InputError(f"{path}: {name!r} is not among {option}{nearest(name, known)}")


def build_table(scores: Records, comparisons: Records, layout: Layout) -> pd.DataFrame:
    """Return one row per score, models before columns; what was never scored has no row."""
    rows = []
    for model, column in product(layout.models, layout.columns):
        score = scores.get((model, column))
        if score is None:
            continue
        comparison = comparisons.get((model, column), {})
        base_score = scores.get((layout.baseline, column))
        row = score_columns(score)
        row |= change_columns(score, base_score, comparison, layout.baseline)
        if layout.seeds:
            row |= seed_scores(scores, layout.seeds.get(model, ()), column)
        rows.append(row)
    # Without seeds a table is as it always was.
    return correct(pd.DataFrame(rows, columns=[*COLUMNS, *(SEED_COLUMNS if layout.seeds else ())]))


def seed_scores(scores: Records, seeds: Sequence[tuple[str, str]], column: str) -> dict[str, Any]:
    """Return a row's columns on its seeds."""
    return seed_columns(seeds, [scores.get((name, column), {}).get("score") for _, name in seeds])


def correct(table: pd.DataFrame) -> pd.DataFrame:
    """Correct the table's p-values for their number, and say which are significant."""
    tests = table[["p_value", "p_randomisation"]].astype(float)
    table["p_holm"] = adjust(tests.max(axis=1, skipna=False))
    tested = table["p_holm"].notna()
    found = table["p_holm"].map(is_significant).map({True: "yes", False: "no"})
    table["significant"] = found.where(tested, None)
    return table


def score_columns(score: dict[str, Any]) -> dict[str, Any]:
    """Return what a score file says of itself."""
    low, high = score.get("interval") or (None, None)
    return {
        "model": score["model"],
        "benchmark": score["benchmark"],
        "metric": score["metric"],
        "better": get_metric(score["metric"]).better,
        "score": score["score"],
        "low": low,
        "high": high,
        "confidence": score.get("confidence"),
        "n": score.get("counted", score.get("n")),
        "signature": score.get("signature"),
        "predictions": (score.get("predictions") or {}).get("path"),
    }


def change_columns(
    score: Record, base_score: Record | None, comparison: Record, baseline: str
) -> dict[str, Any]:
    """Return the change from the baseline (tested or not) and what the test found."""
    change = comparison.get("difference")
    pair = (score["score"], (base_score or {}).get("score"))
    if change is None and None not in pair and score["model"] != baseline:
        change = pair[0] - pair[1]
    return {
        "baseline": baseline,
        "change": None if change is None else round(change, 6),
        "p_value": comparison.get("p_value"),
        "p_randomisation": comparison.get("p_randomisation"),
        "test": comparison.get("test"),
    }


if __name__ == "__main__":
    run(main, parser())
