"""What every form of a paper's table shows: rows of cells as text, notes below."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.common.errors import InputError, nearest
from scripts.study.metrics import get_metric
from scripts.study.paper_tables import Panel, PaperTable, load_tables
from scripts.tables.decimals import count_decimals
from scripts.tables.main_table import ALPHA
from scripts.tables.paper_rows import COLUMNS
from scripts.tables.read_csv import read_csv
from scripts.tables.seeds import SEED_COLUMNS, describe_seeds, format_seeds
from scripts.tables.table import DASH, Cell, Row, Table

IMPROVEMENT_DECIMALS = 2
NUMBERS = (
    "ours", "low", "high", "n", "published", "difference", "change", "p_value", "p_holm",
    *SEED_COLUMNS[1:],
)  # fmt: skip


@dataclass
class Notes:
    """The reasons for dashes, numbered from 1 in the order in which they are first met."""

    reasons: list[str] = field(default_factory=list)

    def number(self, reason: str) -> int:
        """Return a reason's number."""
        if reason not in self.reasons:
            self.reasons.append(reason)
        return 1 + self.reasons.index(reason)


@dataclass(frozen=True)
class Form:
    """How a panel writes numbers: decimals of ours, decimals of the paper's, and its notes."""

    decimals: int
    printed: int
    notes: Notes


@dataclass(frozen=True)
class View:
    """A paper's table: its panels, and below them remarks and numbered notes."""

    id: str
    title: str
    remarks: list[str]
    panels: list[Table]
    notes: list[str]


def read_view(path: Path) -> View:
    """Return what a table's CSV file shows; `InputError` where it is no paper's table."""
    rows = read_csv(path, COLUMNS, NUMBERS, "a table of tabulate_published")
    layouts, name = load_tables(), path.stem.replace("_", "-")
    if name not in layouts:
        raise InputError(f"{path}: found no table of a paper{nearest(name, layouts)}")
    return view_table(rows, layouts[name])


def view_table(rows: pd.DataFrame, table: PaperTable) -> View:
    """Return what a table's long form (`scripts.tables.paper_rows`) shows."""
    notes = Notes()
    rows, left = rows[rows["panel"].notna()], rows[rows["panel"].isna()]
    shown = [name for name in table.systems if has_numbers(rows[rows["system"] == name])]
    panels = [
        view_panel(rows[rows["panel"] == number], panel, shown, notes)
        for number, panel in enumerate(table.panels)
    ]
    left_out = [name for name in table.systems if name not in shown]
    return View(
        id=table.id,
        title=table.title,
        remarks=[*describe(rows, table, left_out), *describe_left(left)],
        panels=panels,
        notes=notes.reasons,
    )


def has_numbers(rows: pd.DataFrame) -> bool:
    """Tell whether a system has a model of ours or a published number anywhere in the table."""
    return bool(rows["model"].replace("", None).notna().any() or rows["published"].notna().any())


def view_panel(rows: pd.DataFrame, panel: Panel, systems: list[str], notes: Notes) -> Table:
    """Return one panel; all its numbers have the same decimals."""
    numbers = rows[["ours", "published"]].astype(float).to_numpy().ravel()
    known = [value for value in numbers if pd.notna(value)]
    decimals = IMPROVEMENT_DECIMALS if panel.over else pick_decimals(panel, known)
    printed = max([decimals, *map(printed_decimals, rows["published"].dropna())])
    form = Form(decimals, printed, notes)
    lines = [
        row for name in systems for row in view_system(rows[rows["system"] == name], name, form)
    ]
    return Table(
        head=("system", "", *dict.fromkeys(rows["heading"])),
        rows=tuple(lines),
        title=f"{panel.title}: {label_metric(panel)}",
    )


def pick_decimals(panel: Panel, values: Iterable[float]) -> int:
    """Return the decimals of a panel: the metric's, and none for counts."""
    return count_decimals(panel.score, values) if panel.metric == panel.score else 0


def label_metric(panel: Panel) -> str:
    """Return what a panel measures: ``BLEU ↑``, or ``match, relative improvement in %``."""
    metric = get_metric(panel.score)
    if panel.over:
        return f"{metric.label}, relative improvement in %"
    detail = panel.metric.removeprefix(panel.score).strip(".")
    return f"{metric.label}, {detail}" if detail else f"{metric.label} {metric.arrow}"


def view_system(rows: pd.DataFrame, system: str, form: Form) -> list[Row]:
    """Return a system's rows: the paper's, ours where the study has it, and the difference."""
    records = rows.to_dict("records")
    published = tuple(cell_published(row, form) for row in records)
    lines = [Row(("published",), published, group=system, kind="published")]
    named = [row for row in records if pd.notna(row["model"]) and row["model"]]
    if named:
        scored = [row for row in named if pd.notna(row["ours"])] or named
        label = f"ours: {name_models([row['model'] for row in scored])}"
        lines.append(Row((label,), tuple(cell_ours(row, form) for row in records), kind="ours"))
    if rows["difference"].notna().any() or rows["difference_reason"].isin(differing(rows)).any():
        cells = tuple(cell_difference(row, form) for row in records)
        lines.append(Row(("difference",), cells, kind="difference"))
    return lines


def differing(rows: pd.DataFrame) -> list[str]:
    """Return why numbers that both exist are not subtracted."""
    both = rows[rows["ours"].notna() & rows["published"].notna()]
    return list(both["difference_reason"].dropna())


def name_models(models: list[str]) -> str:
    """Return the models of a line; those that share a beginning are named by it."""
    names = list(dict.fromkeys(models))
    if len(names) == 1:
        return names[0]
    stem = names[0]
    while not all(name.startswith(stem) for name in names):
        stem = stem[:-1]
    return f"{stem}…" if stem else ", ".join(names)


def cell_ours(row: dict[str, Any], form: Form) -> Cell:
    """Return our score with its interval and marks."""
    if pd.isna(row["ours"]):
        return Cell(DASH, note=form.notes.number(row["ours_reason"]))
    interval, decimals = "", form.decimals
    if pd.notna(row["low"]):
        interval = f"[{row['low']:.{decimals}f}, {row['high']:.{decimals}f}]"
    return Cell(
        value=f"{row['ours']:.{decimals}f}",
        interval=interval,
        star="*" if row["significant"] == "yes" else "",
        dagger="†" if row["outside"] == "yes" else "",
        seeds=format_seeds(row, decimals),
    )


def cell_published(row: dict[str, Any], form: Form) -> Cell:
    """Return the paper's number, with as many decimals as the paper printed in this panel."""
    if pd.isna(row["published"]):
        return Cell(DASH, note=form.notes.number(row["published_reason"]))
    return Cell(f"{row['published']:.{form.printed}f}")


def printed_decimals(value: float) -> int:
    """Return the decimals that a published number needs."""
    return len(f"{value:g}".partition(".")[2])


def cell_difference(row: dict[str, Any], form: Form) -> Cell:
    """Return our score minus the published one."""
    if pd.isna(row["difference"]):
        return Cell(DASH, note=form.notes.number(row["difference_reason"]))
    return Cell(f"{row['difference']:+.{form.decimals}f}".replace("-", "−"))


def describe_left(rows: pd.DataFrame) -> list[str]:
    """Return the sentence that names published numbers which no panel shows."""
    named = [
        f"{row['system']} {row['benchmark']} {row['metric']} {row['published']:g}"
        for row in rows.to_dict("records")
    ]
    return [f"Published, but in no panel here: {', '.join(named)}."] if named else []


def describe(rows: pd.DataFrame, table: PaperTable, left_out: list[str]) -> list[str]:
    """Return the sentences below a table."""
    remarks = [table.caption, f"Published numbers: {table.paper}, {table.source}."]
    metrics = [get_metric(name) for name in dict.fromkeys(panel.score for panel in table.panels)]
    remarks += [f"{metric.label}: {metric.meaning}." for metric in metrics if metric.tool]
    counts = sorted({int(n) for n in rows["n"].dropna()})
    if counts:
        span = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
        remarks.append(f"Our scores are over n = {span} records.")
    if rows["low"].notna().any():
        remarks.append("In square brackets, the 95 % interval of our score.")
    remarks += describe_seeds(rows)
    if rows["significant"].eq("yes").any():
        baseline = rows["baseline"].dropna().iloc[0]
        remarks.append(
            f"* differs from {baseline} with p < {ALPHA:g} by paired bootstrap and by approximate "
            "randomisation or the exact sign test, Holm-corrected over the table."
        )
    if rows["outside"].eq("yes").any():
        remarks.append("† the published number lies outside our interval.")
    if left_out:
        names = ", ".join(left_out)
        remarks.append(f"Left out, without a model in the study or a published number: {names}.")
    return remarks
