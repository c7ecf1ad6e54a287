"""The section on text of the benchmarks in training data: what was dropped, and what was found."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.common.files import read_json
from scripts.report.inputs import Inputs
from scripts.tables.table import DASH, Cell, Row, Table

TITLE, ORDER = "Test data", 39
HEAD = ("data set", "read", "equal", "contained", "left", "found", "benchmarks")
HINTS = (
    "", "records before any was dropped",
    "dropped: a field, line or sentence is a held-out string, or a line or sentence of one",
    "dropped: a held-out string is in it, changed a little or cut",
    "records that are trained on", "of these, by the other method",
    "dropped for each",
)  # fmt: skip
EXAMPLES = ("data set", "training record", "benchmark", "held out", "how much")
SHOWN = 2  # examples of a data set
Check = Mapping[str, Any]


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the tables of counts and of examples, or None where nothing was checked."""
    checks = {path.stem: read_check(path) for path in inputs.overlap_checks}
    if not checks:
        return None
    rows = tuple(Row((name,), show_check(check)) for name, check in checks.items())
    examples = tuple(row for name, check in checks.items() for row in show_examples(name, check))
    return {
        "table": Table(HEAD, rows, sides="lrrrrrl", hints=HINTS),
        "examples": Table(EXAMPLES, examples, sides="llllr") if examples else None,
        "reports": any(check.get("decontaminate") == "report" for check in checks.values()),
    }


def read_check(path: Path) -> Check:
    """Return what `check_overlap` wrote."""
    found: Check = read_json(path, "a file of check_overlap", {"examined": int, "overlap": int})
    return found


def show_check(check: Check) -> tuple[Cell, ...]:
    """Return a data set's cells; an older check does not tell what was dropped."""
    left, found = Cell(f"{check['examined']:,}"), Cell(f"{check['overlap']:,}")
    facts = check.get("filter")
    if not facts:
        return (Cell(DASH), Cell(DASH), Cell(DASH), left, found, Cell(DASH))
    dropped = facts["dropped"]
    counts = [sum(count[way] for count in dropped.values()) for way in ("equal", "contained")]
    named = ", ".join(f"{name} {sum(count.values()):,}" for name, count in dropped.items())
    ways = [Cell(f"{count:,}" if count else DASH) for count in counts]
    return (Cell(f"{facts['read']:,}"), *ways, left, found, Cell(named or DASH))


def show_examples(name: str, check: Check) -> list[Row]:
    """Return the first examples of a data set, those that tell more than equality before others."""
    dropped = (check.get("filter") or {}).get("examples", [])
    examples = sorted([*check.get("examples", []), *dropped], key=lambda one: one["share"] == 1)
    return [Row((name,), show_example(example)) for example in examples[:SHOWN]]


def show_example(example: Check) -> tuple[Cell, ...]:
    """Return an example's cells."""
    named = f"{example['benchmark']} {example['of']}"
    share = f"{100 * example['share']:.0f} %" if example["share"] < 1 else "equal"
    return (Cell(example["text"]), Cell(named), Cell(example["held_out"]), Cell(share))
