"""Tabulate how well an extended model predicts text, by the method that initialised its new rows.

In: score files of texts (bits per byte), of each method's extended model and of that model
after one stage of training; comparisons with the study's own method. Out: ``<stem>.csv``,
``.md`` and ``.tex``, in the forms of the main table: one row per method, one column per text and
moment. The parent, which has no new rows, is in the first moment's columns for comparison.

    python -m scripts.tables.tabulate_embedding_init --parent base --after billa-pretrain \\
        --methods subtokens=billa-extended,billa-pretrain \\
        mean=billa-extended.mean,billa-pretrain.mean --baseline subtokens \\
        --scores results/base/text_zh.bpb results/billa-extended/text_zh.bpb … \\
        --comparisons results/comparisons/billa-extended.mean.jsonl … \\
        --output-stem results/tables/embedding_init
"""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.common.command import make_parser, named_values, run
from scripts.common.errors import InputError, nearest
from scripts.tables.score_forms import write_table
from scripts.tables.tabulate_scores import (
    Layout,
    Placed,
    build_table,
    read_comparisons,
    read_score,
)

START = "step 0"
Place = tuple[str, str]  # method, and a moment or a column of the table


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("tables.tabulate_embedding_init", __doc__)
    parser.add_argument("--parent", required=True, help="the model before its extension")
    parser.add_argument(
        "--methods",
        nargs="+",
        type=named_values("method", "extended", "trained"),
        required=True,
        metavar="METHOD=EXTENDED,TRAINED",
    )
    parser.add_argument("--after", required=True, help="the stage that is trained")
    parser.add_argument("--baseline", required=True, help="the method that changes are taken from")
    parser.add_argument("--scores", type=Path, nargs="+", required=True)
    parser.add_argument("--comparisons", type=Path, nargs="*", default=[])
    parser.add_argument("--output-stem", type=Path, required=True, help="path without .csv")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the three forms of the table."""
    methods = {method: (extended, trained) for method, extended, trained in arguments.methods}
    if arguments.baseline not in methods:
        hint = nearest(arguments.baseline, methods)
        raise InputError(f"--baseline {arguments.baseline!r} is not among --methods{hint}")
    places = find_places(arguments.parent, methods, f"after {arguments.after}")
    scores = place(map(read_score, arguments.scores), places)
    comparisons = place(read_comparisons(arguments.comparisons), places)
    layout = Layout([arguments.parent, *methods], order_columns(scores), arguments.baseline)
    table = build_table(scores, comparisons, layout)
    write_table(table, arguments.output_stem, label="embedding_init", head="method")


def order_columns(scores: Iterable[Place]) -> list[str]:
    """Return the columns that have scores, those of the first moment first."""
    named = dict.fromkeys(column for _, column in scores)
    return sorted(named, key=lambda column: not column.startswith(START))


def find_places(parent: str, methods: dict[str, tuple[str, str]], after: str) -> dict[str, Place]:
    """Return each model's place in the table: a method's row, and at which moment."""
    places = {parent: (parent, START)}
    for method, (extended, trained) in methods.items():
        places |= {extended: (method, START), trained: (method, after)}
    return places


def place(found: Iterable[Placed], places: dict[str, Place]) -> dict[Place, dict[str, Any]]:
    """Return records by method and column, with the names that the table shows."""
    records = {}
    for path, record in found:
        if record["model"] not in places:
            hint = nearest(record["model"], places)
            raise InputError(f"{path}: model {record['model']!r} is of no method{hint}")
        method, moment = places[record["model"]]
        benchmark = f"{moment}: {record['benchmark']}"
        records[method, f"{benchmark}.{record['metric']}"] = record | {
            "model": method,
            "benchmark": benchmark,
        }
    return records


if __name__ == "__main__":
    run(main, parser())
