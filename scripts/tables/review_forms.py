"""A review table as Markdown and LaTeX: a category a row, both systems side by side."""

from pathlib import Path
from typing import Any

import pandas as pd

from scripts.tables import latex, markdown
from scripts.tables.forms import write_forms
from scripts.tables.review_figures import MACRO, MICRO
from scripts.tables.table import DASH, Cell, Row, Table


def build_table(table: pd.DataFrame, title: str, notes: list[str]) -> Table:
    """Return the review as it is shown, from its long form (`review_figures.COLUMNS`)."""
    systems, published = list_systems(table), has_published(table)
    head = ["category", "n", *systems, "win/tie/loss"]
    head += [f"published: {system}" for system in systems] if published else []
    rows = [
        build_row(str(name), rows.to_dict("records"), published)
        for name, rows in table.groupby("category", sort=False)
    ]
    return Table(tuple(head), tuple(rows), tuple(list_notes(table, notes)), title)


def build_row(name: str, rows: list[dict[str, Any]], published: bool) -> Row:
    """Return one category's row from its two systems' records."""
    first, second = rows
    points = "/".join(
        str(int(first[key])) for key in ("win", "tie", "loss") if pd.notna(first[key])
    )
    cells = [show_score(first, second), show_score(second, first), Cell(points)]
    if published:
        cells += [Cell(show(row["published"]) or DASH) for row in rows]
    labels = (name, "" if name == MACRO else str(first["n"]))
    return Row(labels, tuple(cells), ruled=name == MICRO)


def show_score(row: dict[str, Any], other: dict[str, Any]) -> Cell:
    """Return a system's mean score, bold where it is higher than the other's."""
    interval = f"[{row['low']:.2f}, {row['high']:.2f}]" if pd.notna(row["low"]) else ""
    return Cell(show(row["score"]) or DASH, interval, best=row["score"] > other["score"])


def show(value: float | None) -> str:
    """Return a figure with two decimals, '' where there is none."""
    return "" if pd.isna(value) else f"{value:.2f}"


def list_notes(table: pd.DataFrame, notes: list[str]) -> list[str]:
    """Return the sentences below a table."""
    first = table["system"].iloc[0]
    level = f"{100 * table['confidence'].iloc[0]:g} %"
    found = [
        f"Mean scores with {level} intervals (over questions); the higher is bold.",
        f"{MICRO}: the mean over all questions; {MACRO}: the mean over the categories' means.",
        f"win/tie/loss: of the n questions, those that {first} won, tied and lost.",
        *notes,
    ]
    known = table.dropna(subset=["published"])
    if not known.empty:
        same = int((known["difference"] == 0).sum())
        found.append(f"{same} of {len(known)} published figures come out, to two decimals.")
    return found


def write_table(table: pd.DataFrame, stem: Path, title: str, notes: list[str]) -> None:
    """Write a review table with its title and the notes below it."""
    write_forms(stem, table, to_markdown(table, title, notes), to_latex(table, title, notes))


def to_markdown(table: pd.DataFrame, title: str, notes: list[str]) -> str:
    """Return the table in Markdown."""
    return markdown.to_markdown(build_table(table, title, notes))


def to_latex(table: pd.DataFrame, title: str, notes: list[str]) -> str:
    """Return a `table` environment."""
    shown = build_table(table, title, notes)
    systems, published = list_systems(table), has_published(table)
    names = list(map(latex.escape, systems))
    heads = ["category", "$n$", *names, "win/tie/loss", *(names if published else [])]
    above = (("", 1), ("", 1), ("mean score", 2), ("", 1))
    shown = Table(
        shown.head, shown.rows, above=(*above, ("as published", 2)) if published else above
    )
    columns = "lr" + "c" * (len(heads) - 2)
    caption = " ".join(latex.escape(text) for text in (f"{title}.", *list_notes(table, notes)))
    body = latex.tabular(shown, columns, heads, gap="[2pt]")
    lines = latex.environment(body, latex.Style(caption))
    return "\n".join([latex.NEEDS, *lines, ""])


def list_systems(table: pd.DataFrame) -> list[str]:
    """Return the two systems in the table's order."""
    return list(dict.fromkeys(table["system"]))


def has_published(table: pd.DataFrame) -> bool:
    """Tell whether any figure was published."""
    return bool(table["published"].notna().any())
