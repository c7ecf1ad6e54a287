"""Print the main table on the terminal, metrics as rows and models as columns.

Goes in: ``main.csv`` as `tabulate_scores` wrote it, and the report's path to end with.
Comes out: nothing but what is printed, at most 100 columns wide.

    python -m scripts.tables.print_table --table results/tables/main.csv \\
        --report results/report.html
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.common.command import run
from scripts.study.metrics import get_metric
from scripts.tables.main_table import (
    ALPHA,
    Cell,
    format_column,
    get_baseline,
    list_columns,
    list_models,
    name_interval,
    read_table,
    select_column,
)

WIDTH = 100


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="tables.print_table", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--table", type=Path, required=True, help="main.csv")
    parser.add_argument("--report", type=Path, help="path to name below the table")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Print the table."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    console.width = min(console.width, WIDTH)
    table = read_table(arguments.table)
    console.print(draw_table(table, console.width))
    console.print(explain_marks(table), style="dim", markup=False)
    if arguments.report:
        console.print(f"report: {arguments.report}", soft_wrap=True)


def draw_table(table: pd.DataFrame, width: int) -> Table:
    """Return the table, intervals beside the scores where `width` columns hold that, else below."""
    models = list_models(table)
    columns = [format_column(select_column(table, *column)) for column in list_columns(table)]
    labels = [label_column(*column) for column in list_columns(table)]
    room = width - max(map(len, labels))
    beside = all(measure_cells(cells, models) <= room for cells in columns)
    drawn = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    drawn.add_column("")
    for model in models:
        drawn.add_column(model, overflow="fold")
    for label, cells in zip(labels, columns, strict=True):
        drawn.add_row(label, *(draw_cell(cells.get(model), beside) for model in models))
    return drawn


def label_column(benchmark: str, metric: str) -> str:
    """Return a row's name: ``ui_en-zh BLEU ↑``."""
    return f"{benchmark} {get_metric(metric).label} {get_metric(metric).arrow}"


def measure_cells(cells: dict[str, Cell], models: list[str]) -> int:
    """Return the characters that a row's cells take with the intervals beside the scores."""
    return sum(2 + max(len(model), len(cell_text(cells.get(model)))) for model in models)


def cell_text(cell: Cell | None) -> str:
    """Return what `draw_cell` prints on one line."""
    return f"{cell.score} {cell.change}{cell.star} {cell.interval}" if cell else "–"


def draw_cell(cell: Cell | None, beside: bool) -> Text:
    """Return score (bold where best), change with its star, and the interval."""
    if cell is None:
        return Text("–", style="dim")
    text = Text(cell.score, style="bold" if cell.best else "")
    if cell.change:
        text.append(f" {cell.change}{cell.star}", style="not bold")
    if cell.interval:
        text.append((" " if beside else "\n") + cell.interval, style="not bold dim")
    return text


def explain_marks(table: pd.DataFrame) -> str:
    """Return the line that says what the marks mean."""
    return (
        f"[{name_interval(table)}], +/- change from {get_baseline(table)}, * p < {ALPHA:g} (Holm), "
        "↑ higher is better, ↓ lower"
    )


if __name__ == "__main__":
    run(main, parser())
