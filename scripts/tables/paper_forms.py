"""A paper's table as Markdown and as LaTeX: systems as rows, a panel for each metric."""

from scripts.tables.paper_view import Cell, Line, PanelView, View
from scripts.tables.table_forms import escape_latex, markdown_row

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LATEX_MARKS = {"–": "--", "−": "$-$", "…": r"\ldots{}", "†": r"\dag{}", "×": r"$\times$"}
# A panel wider than the page is shrunk to it; a narrow one keeps its size.
FIT = r"\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi"


def to_markdown(view: View) -> str:
    """Return the table in Markdown, padded so that it reads well as plain text too."""
    lines = [f"# {view.title}", ""]
    for panel in view.panels:
        lines += [f"## {panel.title}", "", *markdown_panel(panel), ""]
    lines += [f"- {line.replace('*', chr(92) + '*')}" for line in view.remarks]
    lines += [f"- {str(n).translate(SUPERSCRIPTS)} {text}" for n, text in enumerate(view.notes, 1)]
    return "\n".join([*lines, ""])


def markdown_panel(panel: PanelView) -> list[str]:
    """Return one panel's rows."""
    rows = [["system", "", *panel.headings]]
    for block in panel.blocks:
        for place, line in enumerate(block.lines):
            system = f"**{block.system}**" if place == 0 else ""
            rows.append([system, line.label, *map(markdown_cell, line.cells)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [markdown_row(row, widths) for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines


def markdown_cell(cell: Cell) -> str:
    """Return a number with its marks and interval, or a dash with the number of its note."""
    star = r"\*" if cell.star else ""
    note = str(cell.note).translate(SUPERSCRIPTS) if cell.note else ""
    marked = f"{cell.text}{star}{cell.dagger}{note}"
    return f"{marked} {cell.interval}".strip()


def to_latex(view: View) -> str:
    """Return a `table` environment a panel, which needs the packages booktabs and graphicx."""
    lines = [r"% needs \usepackage{booktabs} and \usepackage{graphicx}"]
    for number, panel in enumerate(view.panels, 1):
        lines += latex_panel(view, panel, number)
    return "\n".join(lines) + "\n"


def latex_panel(view: View, panel: PanelView, number: int) -> list[str]:
    """Return one panel; the last carries the notes of all."""
    last = panel is view.panels[-1]
    caption = [f"{view.title}. {panel.title}.", *(latex_notes(view) if last else [])]
    body = [
        rf"\begin{{tabular}}{{l{'c' * len(panel.headings)}}}",
        r"\toprule",
        " & ".join(["", *map(tex, panel.headings)]) + r" \\",
        *latex_rows(panel),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return [
        r"\begin{table}[htbp]",
        r"\centering\footnotesize\setlength{\tabcolsep}{4pt}",
        r"\sbox0{%",
        *body,
        "}" + FIT,
        rf"\caption{{{' '.join(map(tex_sentence, caption))}}}",
        rf"\label{{tab:{view.id}-{number}}}",
        r"\end{table}",
    ]


def latex_rows(panel: PanelView) -> list[str]:
    """Return a heading a system, and below it its lines; an interval has a line of its own."""
    rows = []
    for block in panel.blocks:
        span = rf"\multicolumn{{{1 + len(panel.headings)}}}{{l}}"
        rows += [r"\midrule", rf"{span}{{\textbf{{{tex(block.system)}}}}} \\"]
        for line in block.lines:
            rows += latex_line(line)
    return rows


def latex_line(line: Line) -> list[str]:
    """Return one line, and its intervals below it where it has any."""
    rows = [" & ".join([tex(line.label), *map(latex_cell, line.cells)]) + r" \\"]
    if any(cell.interval for cell in line.cells):
        spans = [cell.interval and rf"{{\scriptsize {{{cell.interval}}}}}" for cell in line.cells]
        rows.append(" & ".join(["", *spans]) + r" \\")
    return rows


def latex_cell(cell: Cell) -> str:
    """Return a number with its marks, or a dash with the number of its note."""
    marks = ("*" if cell.star else "") + (r"\dagger" if cell.dagger else "")
    marks += str(cell.note) if cell.note else ""
    return tex(cell.text) + (f"$^{{{marks}}}$" if marks else "")


def latex_notes(view: View) -> list[str]:
    """Return the remarks, and the notes by their numbers, as sentences."""
    return [*view.remarks, *(f"({n}) {text}." for n, text in enumerate(view.notes, 1))]


def tex_sentence(text: str) -> str:
    """Return a sentence for LaTeX, ending in one full stop."""
    return tex(f"{text.rstrip('.')}.")


def tex(text: str) -> str:
    """Return `text` with LaTeX's special characters escaped, in ASCII."""
    return "".join(LATEX_MARKS.get(letter) or escape_latex(letter) for letter in text)
