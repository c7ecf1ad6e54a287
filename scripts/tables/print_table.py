"""Print the main table on the terminal, metrics as rows and models as columns.

In: ``main.csv`` as `tabulate_scores` wrote it, and the report's path to end with.
Out: only what is printed, at most 100 columns wide.

    python -m scripts.tables.print_table --table results/tables/main.csv \\
        --report results/report.html
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from rich.console import Console

from scripts.common.command import make_parser, run
from scripts.common.escapes import clean_text
from scripts.tables.main_table import ALPHA, by_metric, get_baseline, name_interval, read_table
from scripts.tables.seeds import describe_seeds
from scripts.tables.terminal import draw_table

WIDTH = 100


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("tables.print_table", __doc__)
    parser.add_argument("--table", type=Path, required=True, help="main.csv")
    parser.add_argument("--report", type=Path, help="path to name below the table")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Print the table."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    console.width = min(console.width, WIDTH)
    table = read_table(arguments.table)
    console.print(draw_table(by_metric(table), console.width))
    console.print(clean_text(explain_marks(table)), style="dim", markup=False)
    if arguments.report:
        console.print(f"report: {arguments.report}", soft_wrap=True, markup=False)


def explain_marks(table: pd.DataFrame) -> str:
    """Return the line that says what the marks mean."""
    return (
        f"[{name_interval(table)}], +/- change from {get_baseline(table)}, * p < {ALPHA:g} (Holm), "
        f"↑ higher is better, ↓ lower{explain_seeds(table)}"
    )


def explain_seeds(table: pd.DataFrame) -> str:
    """Return what ± means, where a model has several seeds."""
    return ", ± mean and standard deviation over seeds" if describe_seeds(table) else ""


if __name__ == "__main__":
    run(main, parser())
