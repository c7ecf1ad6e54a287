r"""Write a `Table` in LaTeX; the package booktabs is all that it needs.

environment(tabular(table, "lcc"), Style(caption="Scores.", label="tab:main"))
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scripts.common.escapes import clean_text
from scripts.tables.table import Cell, Row, Table

NEEDS = r"% needs \usepackage{booktabs}"
SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "→": r"$\rightarrow$",
    "|": r"\textbar{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "–": "--",
    "−": "$-$",
    "…": r"\ldots{}",
    "†": r"\dag{}",
    "×": r"$\times$",
    "±": r"$\pm$",
} | {character: rf"\{character}" for character in "&%$#_{}"}
# A tabular wider than the page is shrunk to it; a narrow one keeps its size.
FIT = r"}\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi"


@dataclass(frozen=True)
class Style:
    """How a table is set on a page; `caption` is escaped already."""

    caption: str
    label: str = ""
    size: str = r"\small"
    position: str = ""
    fit: bool = False  # needs the package graphicx
    caption_on_top: bool = False


def escape(text: str) -> str:
    """Return `text` on one line with LaTeX's special characters escaped."""
    line = clean_text(text).replace("\n", " ")
    return "".join(SPECIAL.get(character, character) for character in line)


def join_sentences(texts: Iterable[str]) -> str:
    """Return texts, escaped, as sentences that end in one full stop each."""
    return " ".join(escape(f"{text.rstrip('.')}.") for text in texts)


def environment(body: list[str], style: Style) -> list[str]:
    """Return the lines of a `table` environment around a tabular."""
    label = [rf"\label{{{style.label}}}"] if style.label else []
    caption = [rf"\caption{{{style.caption}}}", *label]
    inside = [r"\sbox0{%", *body, FIT] if style.fit else body
    middle = [rf"\centering{style.size}", *inside]
    lines = [*caption, *middle] if style.caption_on_top else [*middle, *caption]
    return [rf"\begin{{table}}{style.position}", *lines, r"\end{table}"]


def tabular(table: Table, columns: str, heads: Sequence[str] = (), gap: str = "") -> list[str]:
    r"""Return the lines of a tabular: `heads` are LaTeX, the table's own where there are none.

    `gap` follows the line of a row's intervals (``[2pt]``).
    """
    groups = [
        rf"\multicolumn{{{width}}}{{c}}{{{escape(title)}}}" if title else ""
        for title, width in table.above
    ]
    above = [join(groups)] if groups else []
    body = [line for row in table.rows for line in latex_row(row, len(columns), gap)]
    rule = [] if table.rows and table.rows[0].group else [r"\midrule"]
    return [
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        *above,
        join(heads or list(map(escape, table.head))),
        *rule,
        *body,
        r"\bottomrule",
        r"\end{tabular}",
    ]


def join(texts: Sequence[str]) -> str:
    """Return the texts of one line of a tabular."""
    return " & ".join(texts) + r" \\"


def latex_row(row: Row, width: int, gap: str) -> list[str]:
    """Return a row's lines: its group's heading, its values, and below them the intervals."""
    lines = [r"\midrule"] * bool(row.ruled or row.group)
    if row.group:
        lines.append(rf"\multicolumn{{{width}}}{{l}}{{\textbf{{{escape(row.group)}}}}} \\")
    lines.append(join([*map(escape, row.labels), *map(latex_cell, row.cells)]))
    # Below the values: the intervals, and what is over seeds.
    below = [[cell.interval for cell in row.cells], [cell.seeds for cell in row.cells]]
    for texts in filter(any, below):
        spans = [text and rf"{{\scriptsize {{{escape(text)}}}}}" for text in texts]
        lines.append(join([*("" for _ in row.labels), *spans]))
    if any(map(any, below)):
        lines[-1] += gap
    return lines


def latex_cell(cell: Cell) -> str:
    """Return a value with its marks and change, or a dash with the number of its note."""
    value = escape(cell.value)
    bold = rf"\textbf{{{value}}}" if cell.best else value
    marks = cell.star + (r"\dagger" if cell.dagger else "") + (str(cell.note) if cell.note else "")
    change = f" (${cell.change}$)" if cell.change else ""
    return bold + (f"$^{{{marks}}}$" if marks else "") + change
