"""What people preferred, as Markdown and LaTeX: a pair of models a row, and a model a row."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from scripts.score.resampling import CONFIDENCE
from scripts.tables import latex, markdown
from scripts.tables.table import Cell, Row, Table

PAIRS = ("model", "rival", "preferred", "win/tie/both bad/loss", "questions")
THUMBS = ("model", "good", "up/down")
BOUNDS = f"In square brackets, {100 * CONFIDENCE:g} % intervals"
PAIR_NOTES = (
    "preferred: percent of blind comparisons in which the model was, ties and both bad half.",
    f"{BOUNDS} over questions, each with all its ratings.",
)
THUMB_NOTES = (f"good: percent of rated answers with a thumb up. {BOUNDS}.",)


def build_tables(table: pd.DataFrame) -> list[Table]:
    """Return the tables that have rows, from the long form (`tabulate_preferences.COLUMNS`)."""
    parts = (
        ("pair", PAIRS, show_pair, PAIR_NOTES, "Blind comparisons"),
        ("thumbs", THUMBS, show_thumbs, THUMB_NOTES, "Rated answers"),
    )
    built = []
    for kind, head, show, notes, title in parts:
        rows = table[table["kind"] == kind].to_dict("records")
        if rows:
            built.append(Table(head, tuple(map(show, rows)), notes, title))
    return built


def show_pair(row: dict[str, Any]) -> Row:
    """Return a pair's row."""
    counts = "/".join(str(row[name]) for name in ("win", "tie", "bad", "loss"))
    cells = (show_percent(row), Cell(counts), Cell(str(row["questions"])))
    return Row((row["model"], row["rival"]), cells)


def show_thumbs(row: dict[str, Any]) -> Row:
    """Return a model's row."""
    return Row((row["model"],), (show_percent(row), Cell(f"{row['up']}/{row['down']}")))


def show_percent(row: dict[str, Any]) -> Cell:
    """Return a percent with its interval, where it has one."""
    bounds = f"[{row['low']:.1f}, {row['high']:.1f}]" if pd.notna(row["low"]) else ""
    return Cell(f"{row['percent']:.1f}", bounds)


def to_markdown(table: pd.DataFrame) -> str:
    """Return the tables in Markdown."""
    return "\n".join(map(markdown.to_markdown, build_tables(table)))


def to_latex(table: pd.DataFrame) -> str:
    """Return a `table` environment each."""
    set_table: Callable[[Table], str] = lambda one: "\n".join(  # noqa: E731
        latex.environment(
            latex.tabular(one, "ll" + "c" * (len(one.head) - 2), gap="[2pt]"),
            latex.Style(latex.join_sentences((one.title, *one.notes))),
        )
    )
    return "\n".join([latex.NEEDS, *map(set_table, build_tables(table)), ""])
