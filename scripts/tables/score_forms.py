"""A table of scores as Markdown, with models as rows, and as LaTeX, with models as columns."""

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pandas as pd

from scripts.tables import latex, markdown
from scripts.tables.forms import write_forms
from scripts.tables.main_table import by_metric, by_model, describe_columns
from scripts.tables.table import Row


def write_table(table: pd.DataFrame, stem: Path, label: str, head: str = "model") -> None:
    """Write a table of scores; LaTeX refers to it as ``tab:<label>``.

    `head` says what the rows are.
    """
    write_forms(stem, table, to_markdown(table, head), to_latex(table, label))


def to_markdown(table: pd.DataFrame, head: str = "model") -> str:
    """Return the table in Markdown; `head` says what the rows are."""
    return markdown.to_markdown(by_model(table, head))


def to_latex(table: pd.DataFrame, label: str = "main") -> str:
    """Return a `table` environment; signatures are a page's worth, and follow as comments."""
    shown = by_metric(table)
    models = [rf"\textbf{{{latex.escape(model)}}}" for model in shown.head[2:]]
    shown = replace(shown, rows=name_once(shown.rows))
    body = latex.tabular(
        shown, "ll" + "c" * len(models), heads=[*shown.head[:2], *models], gap="[2pt]"
    )
    style = latex.Style(caption=latex.join_sentences(shown.notes), label=f"tab:{label}")
    comments = [f"% {line}" for line in describe_columns(table)]
    return "\n".join([latex.NEEDS, *latex.environment(body, style), *comments]) + "\n"


def name_once(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return rows whose benchmark is named in the first of its rows only."""
    named = []
    for _, some in groupby(rows, key=lambda row: row.labels[0]):
        first, *others = some
        named += [first, *(replace(row, labels=("", *row.labels[1:])) for row in others)]
    return tuple(named)
