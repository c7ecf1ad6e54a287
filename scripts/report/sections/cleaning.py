"""The section on cleaned data sets: how many records were dropped for what reason, and examples."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.common.files import read_json
from scripts.report.inputs import Inputs
from scripts.tables.table import DASH, Cell, Row, Table

TITLE, ORDER = "Cleaned data", 37
HEAD = ("data set", "records", "number", "share")
HINTS = ("with the reason why records were dropped", "", "of the records that were read")
EXAMPLES = ("data set", "reason", "record", "text", "near-duplicate of")
Report = Mapping[str, Any]


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the tables of counts and of examples, or None where nothing was cleaned."""
    reports = {path.stem: read_report(path) for path in inputs.cleaning}
    if not reports:
        return None
    rows = tuple(row for name, report in reports.items() for row in show_counts(name, report))
    examples = tuple(row for name, report in reports.items() for row in show_examples(name, report))
    return {
        "table": Table(HEAD, rows, sides="lrr", hints=HINTS),
        "examples": Table(EXAMPLES, examples, sides="lllll") if examples else None,
    }


def read_report(path: Path) -> Report:
    """Return what `gather_corpus` wrote of a cleaned data set."""
    fields = {"read": int, "kept": int, "dropped": dict, "examples": list}
    found: Report = read_json(path, "a report of gather_corpus", fields)
    return found


def show_counts(name: str, report: Report) -> list[Row]:
    """Return a data set's rows: what was read, dropped for each reason, and left."""
    counts = {"read": report["read"], **report["dropped"], "left": report["kept"]}
    return [
        Row((label,), show_count(count, report["read"]), group="" if number else name)
        for number, (label, count) in enumerate(counts.items())
    ]


def show_count(count: int, read: int) -> tuple[Cell, ...]:
    """Return a count and its share of what was read."""
    return Cell(f"{count:,}"), Cell(f"{100 * count / read:.2f} %" if read else DASH)


def show_examples(name: str, report: Report) -> list[Row]:
    """Return the examples of a data set."""
    keys = ("reason", "record", "text", "of")
    return [
        Row((name,), tuple(Cell(str(example.get(key) or DASH)) for key in keys))
        for example in report["examples"]
    ]
