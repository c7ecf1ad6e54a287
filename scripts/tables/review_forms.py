"""A review table as Markdown and LaTeX: a category a row, both systems side by side."""

from dataclasses import dataclass

import pandas as pd

from scripts.tables.review_figures import MACRO, MICRO
from scripts.tables.table_forms import escape_latex, markdown_row


@dataclass(frozen=True)
class Line:
    """One category as it is printed."""

    name: str
    n: str
    scores: tuple[str, str]
    intervals: tuple[str, str]
    published: tuple[str, str]
    better: tuple[bool, bool]
    points: str


def make_lines(table: pd.DataFrame) -> list[Line]:
    """Return the printed form of each category."""
    return [
        make_line(str(name), rows.to_dict("records"))
        for name, rows in table.groupby("category", sort=False)
    ]


def make_line(name: str, rows: list[dict]) -> Line:
    """Return the printed form of one category from its two systems' rows."""
    first, second = rows
    counted = pd.notna(first["win"])
    return Line(
        name=name,
        n="" if name == MACRO else str(first["n"]),
        scores=tuple(show(row["score"]) or "–" for row in rows),
        intervals=tuple(
            f"[{row['low']:.2f}, {row['high']:.2f}]" if pd.notna(row["low"]) else "" for row in rows
        ),
        published=tuple(show(row["published"]) for row in rows),
        better=(first["score"] > second["score"], second["score"] > first["score"]),
        points="/".join(str(int(first[key])) for key in ("win", "tie", "loss")) if counted else "",
    )


def show(value: float | None) -> str:
    """Return a figure with two decimals, '' where there is none."""
    return "" if pd.isna(value) else f"{value:.2f}"


def list_notes(table: pd.DataFrame, notes: list[str]) -> list[str]:
    """Return the sentences below a table."""
    first = table["system"].iloc[0]
    level = f"{100 * table['confidence'].iloc[0]:g} %"
    found = [
        f"Mean scores with {level} intervals (bootstrap over questions); the higher is bold.",
        f"{MICRO}: the mean over all questions; {MACRO}: the mean over the categories' means.",
        f"win/tie/loss: of the n questions, those that {first} won, tied and lost.",
        *notes,
    ]
    known = table.dropna(subset=["published"])
    if not known.empty:
        same = int((known["difference"] == 0).sum())
        found.append(f"{same} of {len(known)} published figures come out, to two decimals.")
    return found


def to_markdown(table: pd.DataFrame, title: str, notes: list[str]) -> str:
    """Return the table in Markdown, padded so that it reads well as plain text too."""
    systems, published = list_systems(table), has_published(table)
    rows = [["category", "n", *systems, "win/tie/loss"]]
    rows[0] += [f"published: {system}" for system in systems] if published else []
    for line in make_lines(table):
        cells = [
            f"{f'**{score}**' if best else score} {interval}"
            for score, interval, best in zip(line.scores, line.intervals, line.better, strict=True)
        ]
        row = [line.name, line.n, *cells, line.points]
        rows.append(row + [text or "–" for text in line.published] if published else row)
    rows = [[cell.replace("|", r"\|") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [markdown_row(row, widths) for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    below = [f"- {note}" for note in list_notes(table, notes)]
    return "\n".join([f"{title}.", "", *lines, "", *below, ""])


def to_latex(table: pd.DataFrame, title: str, notes: list[str]) -> str:
    """Return a `table` environment that needs only the package booktabs."""
    systems, published = list_systems(table), has_published(table)
    names = list(map(escape_latex, systems))
    heads = ["category", "$n$", *names, "win/tie/loss", *(names if published else [])]
    groups = ["", "", r"\multicolumn{2}{c}{mean score}", ""]
    groups += [r"\multicolumn{2}{c}{as published}"] if published else []
    lines = []
    for line in make_lines(table):
        lines += [r"\midrule"] * (line.name == MICRO)
        lines += latex_lines(line, published)
    caption = " ".join(escape_latex(text) for text in (f"{title}.", *list_notes(table, notes)))
    return "\n".join(
        [
            r"% needs \usepackage{booktabs}",
            r"\begin{table}",
            r"\centering\small",
            rf"\begin{{tabular}}{{lr{'c' * (len(heads) - 2)}}}",
            r"\toprule",
            " & ".join(groups) + r" \\",
            " & ".join(heads) + r" \\",
            r"\midrule",
            *lines,
            r"\bottomrule",
            r"\end{tabular}",
            rf"\caption{{{caption}}}",
            r"\end{table}",
            "",
        ]
    )


def latex_lines(line: Line, published: bool) -> list[str]:
    """Return two lines a category: the scores, and below them the intervals."""
    scores = [
        rf"\textbf{{{score}}}" if best else score
        for score, best in zip(line.scores, line.better, strict=True)
    ]
    cells = [escape_latex(line.name), line.n, *scores, line.points]
    cells += [text or "--" for text in line.published] if published else []
    spans = [rf"{{\scriptsize {{{interval}}}}}" for interval in line.intervals]
    return [" & ".join(cells) + r" \\", " & ".join(["", "", *spans]) + r" \\[2pt]"]


def list_systems(table: pd.DataFrame) -> list[str]:
    """Return the two systems in the table's order."""
    return list(dict.fromkeys(table["system"]))


def has_published(table: pd.DataFrame) -> bool:
    """Tell whether any figure was published."""
    return bool(table["published"].notna().any())
