"""Lay a study's scores out as a table of a paper, the published numbers beside ours.

In: a table of ``published/tables.yaml`` and its numbers (``published/<table>.csv``), which of
the study's models is which of the paper's systems, the study's models and its
``<benchmark>.<metric>`` pairs, its scores and their comparisons with the baseline.
Out: ``<stem>.csv`` (a line a number, everything known of it), ``<stem>.md``, ``<stem>.tex``.
A number that is missing is a dash with its reason.

    python -m scripts.tables.tabulate_published --table x-llm-flores \\
        --systems LLaMA-7B=base 'x-LLaMA-7B=x-llama-{language}' \\
        --models base x-llama-zh --columns flores_en-zh.bleu \\
        --scores results/base/flores_en-zh.bleu results/x-llama-zh/flores_en-zh.bleu \\
        --comparisons results/comparisons/x-llama-zh.jsonl \\
        --published published/x-llm-flores.csv --output-stem results/tables/x_llm_flores
"""

import argparse
from collections.abc import Collection, Iterable
from pathlib import Path

from scripts.common.command import make_parser, named_values, run
from scripts.common.errors import InputError, nearest
from scripts.study.paper_tables import find_places, load_tables, needed_scores
from scripts.tables.paper_forms import write_table
from scripts.tables.paper_rows import build_rows
from scripts.tables.published import read_published
from scripts.tables.seeds import add_seeds, read_seeds
from scripts.tables.tabulate_scores import Placed, Records, read_comparisons, read_score


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("tables.tabulate_published", __doc__)
    parser.add_argument("--table", required=True, help="a table of published/tables.yaml")
    parser.add_argument(
        "--systems",
        type=named_values("system", "model"),
        nargs="+",
        required=True,
        metavar="SYSTEM=MODEL",
    )
    parser.add_argument("--models", nargs="+", required=True, help="the study's models")
    parser.add_argument("--columns", nargs="*", default=[], help="<benchmark>.<metric> …")
    parser.add_argument("--scores", type=Path, nargs="*", default=[])
    parser.add_argument("--comparisons", type=Path, nargs="*", default=[])
    add_seeds(parser)
    parser.add_argument("--published", type=Path, required=True, help="the paper's numbers, CSV")
    parser.add_argument("--output-stem", type=Path, required=True, help="path without .csv")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the three forms of the table."""
    layouts = load_tables()
    if arguments.table not in layouts:
        raise InputError(f"--table {arguments.table!r}{nearest(arguments.table, layouts)}")
    table = layouts[arguments.table]
    places = find_places(table, dict(arguments.systems), arguments.columns, arguments.models)
    scores = by_place(map(read_score, arguments.scores))
    check_scores(scores, needed_scores(places))
    comparisons = by_place(read_comparisons(arguments.comparisons))
    published = read_published(arguments.published)
    seeds = read_seeds(arguments.seeds)
    rows = build_rows(table, places, scores, comparisons, published, seeds)
    write_table(rows, table, arguments.output_stem)


def by_place(found: Iterable[Placed]) -> Records:
    """Return records by model and ``<benchmark>.<metric>``."""
    return {
        (record["model"], f"{record['benchmark']}.{record['metric']}"): record
        for _, record in found
    }


def check_scores(scores: Collection[tuple[str, str]], needed: list[tuple[str, str]]) -> None:
    """Refuse to make a table without a score that the study has."""
    for model, column in needed:
        if (model, column) not in scores:
            raise InputError(f"results/{model}/{column}: not among --scores, the table needs it")


if __name__ == "__main__":
    run(main, parser())
