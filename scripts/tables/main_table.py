"""The main table: its long form (``main.csv``), and the `Table` that every other form shows.

`by_model` has one row per model (Markdown), `by_metric` one row per benchmark and metric (LaTeX and
the terminal, where a page holds few columns).
"""

from pathlib import Path
from typing import Any

import pandas as pd

from scripts.common.errors import InputError
from scripts.study.metrics import get_metric
from scripts.tables.decimals import count_decimals
from scripts.tables.read_csv import read_csv
from scripts.tables.seeds import SEED_COLUMNS, describe_seeds, format_seeds
from scripts.tables.table import DASH, MISSING, Cell, Row, Table

ALPHA = 0.05  # a change whose corrected p-value is below it carries a star
COLUMNS = [
    "model", "benchmark", "metric", "better", "score", "low", "high", "confidence", "baseline",
    "change", "p_value", "p_randomisation", "p_holm", "significant", "test",
    "n", "signature", "predictions",
]  # fmt: skip
NUMBERS = (
    "score", "low", "high", "confidence", "change", "p_value", "p_randomisation", "p_holm", "n",
    *SEED_COLUMNS[1:],
)  # fmt: skip


def read_table(path: Path) -> pd.DataFrame:
    """Read ``main.csv``; `InputError` where it is not as `tabulate_scores` writes it."""
    expected = "a table of tabulate_scores"
    table = read_csv(path, COLUMNS, NUMBERS, expected)
    if table.empty:
        raise InputError(f"{path}: found no scores, expected {expected}")
    return table


def list_models(table: pd.DataFrame) -> list[str]:
    """Return the models in the table's order."""
    return list(dict.fromkeys(table["model"]))


def list_columns(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the (benchmark, metric) pairs in the table's order."""
    return list(dict.fromkeys(zip(table["benchmark"], table["metric"], strict=True)))


def get_baseline(table: pd.DataFrame) -> str:
    """Return the name of the model that changes are measured from."""
    return str(table["baseline"].iloc[0])


def select_column(table: pd.DataFrame, benchmark: str, metric: str) -> pd.DataFrame:
    """Return the rows of one benchmark and metric."""
    return table[(table["benchmark"] == benchmark) & (table["metric"] == metric)]


def format_column(rows: pd.DataFrame) -> dict[str, Cell]:
    """Return the cells of one benchmark and metric by model."""
    metric = rows["metric"].iloc[0]
    decimals = count_decimals(metric, rows["score"])
    better = get_metric(metric).better
    best = {"lower": rows["score"].min(), "higher": rows["score"].max()}.get(better)
    if rows["score"].nunique() < 2 and len(rows) > 1:
        best = None  # all alike
    return {row.model: format_cell(row, decimals, best, better) for row in rows.itertuples()}


def format_cell(row: Any, decimals: int, best: float | None, better: str) -> Cell:
    """Return one row of the table as printed text."""
    has_interval = pd.notna(row.low) and pd.notna(row.high)
    changed = pd.notna(row.change) and row.model != row.baseline
    gain = ""
    if changed and row.change and better != "neither":
        gain = "better" if (row.change < 0) == (better == "lower") else "worse"
    return Cell(
        value=f"{row.score:.{decimals}f}" if pd.notna(row.score) else DASH,
        interval=f"[{row.low:.{decimals}f}, {row.high:.{decimals}f}]" if has_interval else "",
        change=f"{row.change:+.{decimals}f}" if changed else "",
        star="*" if changed and is_significant(row.p_holm) else "",
        seeds=format_seeds(row._asdict(), decimals),
        best=bool(row.score == best),
        gain=gain,
    )


def by_model(table: pd.DataFrame, head: str = "model") -> Table:
    """Return the table with one row per model and one column per benchmark and metric.

    `head` says what the rows are.
    """
    columns = list_columns(table)
    cells = [format_column(select_column(table, *column)) for column in columns]
    names = (f"{benchmark}.{metric} {get_metric(metric).arrow}" for benchmark, metric in columns)
    rows = tuple(
        Row((model,), tuple(column.get(model, MISSING) for column in cells))
        for model in list_models(table)
    )
    return Table(head=(head, *names), rows=rows, notes=tuple(describe_table(table)))


def by_metric(table: pd.DataFrame) -> Table:
    """Return the table with one row per benchmark and metric and one column per model."""
    models = list_models(table)
    rows = []
    for benchmark, metric in list_columns(table):
        cells = format_column(select_column(table, benchmark, metric))
        kind = get_metric(metric)
        label = f"{kind.label} {kind.arrow}"
        rows.append(Row((benchmark, label), tuple(cells.get(model, MISSING) for model in models)))
    return Table(("benchmark", "metric", *models), tuple(rows), tuple(describe_marks(table)))


def is_significant(p_value: float) -> bool:
    """Tell whether a p-value, corrected for the table, exists and lies below `ALPHA`."""
    return bool(pd.notna(p_value) and p_value < ALPHA)


def describe_table(table: pd.DataFrame) -> list[str]:
    """Return the lines below a table: what the marks mean, n, test and signature per column."""
    return describe_marks(table) + describe_columns(table)


def describe_marks(table: pd.DataFrame) -> list[str]:
    """Return what the marks of a table mean, and what must not be compared."""
    lines = [
        f"Scores with {name_interval(table)} in square brackets; the change from "
        f"{get_baseline(table)} in round ones.",
        f"* marks a change with p < {ALPHA:g} by a paired bootstrap and by approximate "
        "randomisation or the exact sign test, after Holm's correction over the table; a change "
        "without a p-value was not tested.",
        "↑ higher is better, ↓ lower is better; the best score of a metric is bold.",
        *describe_seeds(table),
    ]
    if "ppl" in set(table["metric"]):
        lines.append(
            "Perplexity is per token: compare it between models of one vocabulary only, "
            "and bits per byte (bpb) between all."
        )
    return lines


def describe_columns(table: pd.DataFrame) -> list[str]:
    """Return n, signature and test of each column; columns that share them share a line."""
    alike: dict[str, list[str]] = {}
    for benchmark, metric in list_columns(table):
        facts = describe_column(table, benchmark, metric)
        alike.setdefault(facts, []).append(f"{benchmark}.{metric}")
    return [f"{', '.join(names)}: {facts}" for facts, names in alike.items()]


def name_interval(table: pd.DataFrame) -> str:
    """Return ``95 % intervals`` with the confidence that the scores were given at."""
    levels = dict.fromkeys(table["confidence"].dropna())
    return f"{' or '.join(f'{100 * level:g} %' for level in levels)} intervals".strip()


def describe_column(table: pd.DataFrame, benchmark: str, metric: str) -> str:
    """Return ``n = 96; signature …; test …`` of one column."""
    rows = select_column(table, benchmark, metric)
    counts = " or ".join(str(int(n)) for n in dict.fromkeys(rows["n"].dropna()))
    parts = [f"n = {counts}"]
    for name in ("signature", "test"):
        values = [str(value) for value in dict.fromkeys(rows[name].dropna())]
        parts += [f"{name} {' or '.join(values)}"] if values else []
    return "; ".join(parts)
