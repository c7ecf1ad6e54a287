"""The main table as Markdown (models as rows) and LaTeX (models as columns, so a page holds it)."""

import pandas as pd

from scripts.study.metrics import get_metric
from scripts.tables.main_table import (
    Cell,
    describe_columns,
    describe_marks,
    describe_table,
    format_column,
    list_columns,
    list_models,
    select_column,
)

LATEX_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "→": r"$\rightarrow$",
    "|": r"\textbar{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
} | {character: rf"\{character}" for character in "&%$#_{}"}


def to_markdown(table: pd.DataFrame, head: str = "model") -> str:
    """Return the table in Markdown, padded so that it reads well as plain text too.

    `head` says what the rows are.
    """
    columns = list_columns(table)
    cells = [format_column(select_column(table, *column)) for column in columns]
    rows = [[head, *(f"{name}.{metric} {get_metric(metric).arrow}" for name, metric in columns)]]
    for model in list_models(table):
        rows.append([model, *(markdown_cell(column.get(model)) for column in cells)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [markdown_row(row, widths) for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    notes = [f"- {line.replace('*', chr(92) + '*')}" for line in describe_table(table)]
    return "\n".join([*lines, "", *notes, ""])


def markdown_row(values: list[str], widths: list[int]) -> str:
    """Return one padded row."""
    padded = (value.ljust(width) for value, width in zip(values, widths, strict=True))
    return "| " + " | ".join(padded) + " |"


def markdown_cell(cell: Cell | None) -> str:
    """Return a cell, its score in bold where it is the best; a star is escaped."""
    if cell is None:
        return "–"
    text = cell.text.replace("*", r"\*")
    return text.replace(cell.score, f"**{cell.score}**", 1) if cell.best else text


def to_latex(table: pd.DataFrame, label: str = "main") -> str:
    """Return a `table` environment that needs only the package booktabs."""
    models = list_models(table)
    heads = [rf"\textbf{{{escape_latex(model)}}}" for model in models]
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering\small",
        rf"\begin{{tabular}}{{ll{'c' * len(models)}}}",
        r"\toprule",
        " & ".join(["benchmark", "metric", *heads]) + r" \\",
        r"\midrule",
        *latex_rows(table, models),
        r"\bottomrule",
        r"\end{tabular}",
        rf"\caption{{{' '.join(latex_notes(table))}}}",
        rf"\label{{tab:{label}}}",
        r"\end{table}",
        *(f"% {line}" for line in describe_columns(table)),
    ]
    return "\n".join(lines) + "\n"


def latex_rows(table: pd.DataFrame, models: list[str]) -> list[str]:
    """Return two lines a benchmark and metric: the scores, and below them the intervals."""
    lines, previous = [], None
    for benchmark, metric in list_columns(table):
        cells = format_column(select_column(table, benchmark, metric))
        chosen = [cells.get(model) for model in models]
        kind = get_metric(metric)
        name = "" if benchmark == previous else escape_latex(benchmark)
        label = escape_latex(f"{kind.label} {kind.arrow}")
        lines.append(" & ".join([name, label, *map(latex_cell, chosen)]) + r" \\")
        spans = [rf"{{\scriptsize {{{cell.interval}}}}}" if cell else "" for cell in chosen]
        lines.append(" & ".join(["", "", *spans]) + r" \\[2pt]")
        previous = benchmark
    return lines


def latex_cell(cell: Cell | None) -> str:
    """Return score, star and change of a cell."""
    if cell is None:
        return "--"
    score = rf"\textbf{{{cell.score}}}" if cell.best else cell.score
    star = "$^{*}$" if cell.star else ""
    return f"{score}{star} (${cell.change}$)" if cell.change else f"{score}{star}"


def latex_notes(table: pd.DataFrame) -> list[str]:
    """Return the notes as sentences; signatures are a page's worth, and stand below as comments."""
    return [escape_latex(f"{line.rstrip('.')}.") for line in describe_marks(table)]


def escape_latex(text: str) -> str:
    """Return `text` with LaTeX's special characters escaped."""
    return "".join(LATEX_SPECIAL.get(character, character) for character in text)
