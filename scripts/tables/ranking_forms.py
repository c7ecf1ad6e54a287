"""A ranking of systems as Markdown and LaTeX: a system a row, the strongest first."""

from typing import Any

import pandas as pd

from scripts.tables import latex, markdown
from scripts.tables.table import Cell, Row, Table

HEAD = ("system", "Elo", "expected", "win/tie/loss")


def build_table(table: pd.DataFrame, title: str, notes: list[str]) -> Table:
    """Return the ranking as it is shown, from its long form (`tabulate_rankings.COLUMNS`)."""
    rows = tuple(build_row(row) for row in table.to_dict("records"))
    return Table(HEAD, rows, tuple(notes), title)


def build_row(row: dict[str, Any]) -> Row:
    """Return one system's row."""
    points = "/".join(str(int(row[name])) for name in ("win", "tie", "loss"))
    cells = (show(row, "elo", "{:+.0f}"), show(row, "expected", "{:.1f}"), Cell(points))
    return Row((row["system"],), cells)


def show(row: dict[str, Any], name: str, form: str) -> Cell:
    """Return a figure with its interval, where it has one."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    bounds = f"[{form.format(low)}, {form.format(high)}]" if pd.notna(low) else ""
    return Cell(form.format(row[name]), bounds)


def to_markdown(table: pd.DataFrame, title: str, notes: list[str]) -> str:
    """Return the table in Markdown."""
    return markdown.to_markdown(build_table(table, title, notes))


def to_latex(table: pd.DataFrame, title: str, notes: list[str]) -> str:
    """Return a `table` environment."""
    body = latex.tabular(build_table(table, title, notes), "lccc", gap="[2pt]")
    caption = " ".join(latex.escape(text) for text in (f"{title}.", *notes))
    return "\n".join([latex.NEEDS, *latex.environment(body, latex.Style(caption)), ""])
