"""A paper's table as Markdown and as LaTeX: systems as rows, a panel for each metric."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from scripts.study.paper_tables import PaperTable
from scripts.tables import latex, markdown
from scripts.tables.forms import write_forms
from scripts.tables.paper_view import View, view_table
from scripts.tables.table import Table

NEEDS = f"{latex.NEEDS} and \\usepackage{{graphicx}}"
SIZE = r"\footnotesize\setlength{\tabcolsep}{4pt}"


def write_table(rows: pd.DataFrame, table: PaperTable, stem: Path) -> None:
    """Write a paper's table from its long form (`scripts.tables.paper_rows`)."""
    view = view_table(rows, table)
    write_forms(stem, rows, to_markdown(view), to_latex(view))


def to_markdown(view: View) -> str:
    """Return the table in Markdown, notes numbered."""
    lines = [f"# {view.title}", ""]
    for panel in view.panels:
        lines += [f"## {panel.title}", "", *markdown.markdown_rows(panel), ""]
    lines += markdown.markdown_notes(view.remarks)
    lines += [
        f"- {str(number).translate(markdown.SUPERSCRIPTS)} {text}"
        for number, text in enumerate(view.notes, 1)
    ]
    return "\n".join([*lines, ""])


def to_latex(view: View) -> str:
    """Return a `table` environment a panel, which needs the packages booktabs and graphicx."""
    lines = [NEEDS]
    for number, panel in enumerate(view.panels, 1):
        lines += latex_panel(view, panel, number)
    return "\n".join(lines) + "\n"


def latex_panel(view: View, panel: Table, number: int) -> list[str]:
    """Return one panel; the last carries the notes of all."""
    notes = (f"({place}) {text}." for place, text in enumerate(view.notes, 1))
    below = [*view.remarks, *notes] if panel is view.panels[-1] else []
    headings = panel.head[1:]  # a system has a line of its own, and so no column
    body = latex.tabular(replace(panel, head=headings), "l" + "c" * (len(headings) - 1))
    style = latex.Style(
        caption=latex.join_sentences([f"{view.title}. {panel.title}.", *below]),
        label=f"tab:{view.id}-{number}",
        size=SIZE,
        position="[htbp]",
        fit=True,
    )
    return latex.environment(body, style)
