"""The section on what each stage was trained on: records and tokens of each source."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.common.files import read_json
from scripts.report.inputs import Inputs
from scripts.tables.table import DASH, Cell, Row, Table

TITLE, ORDER = "Training data", 38
HEAD = ("stage", "source", "records", "passes", "tokens", "share", "with loss", "left out", "cut")
HINTS = (
    "", "records seen, of which one may be seen in several passes",
    "records seen by records there are", "of all records seen, prompts too",
    "of the stage's tokens", "tokens that are learned: of an answer, not of its prompt",
    "records longer than a row that were passed over, and their share of those read",
    "records longer than a row, of which a part was",
)  # fmt: skip


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the table, or None where nothing was trained."""
    stages = {
        name: read_sources(path.parent / "stage.json")
        for name, path in inputs.training_logs.items()
    }
    rows = [row for name, sources in stages.items() for row in show_stage(name, sources)]
    if not rows:
        return None
    return {"table": Table(HEAD, tuple(rows), sides="l" + "r" * 7, hints=HINTS)}


def read_sources(path: Path) -> Mapping[str, Mapping[str, float]]:
    """Return the sources of a stage, none where its folder does not tell."""
    if not path.is_file():
        return {}
    found: dict[str, Any] = read_json(path, "a model's stage", {})
    sources: Mapping[str, Mapping[str, float]] = found.get("sources") or {}
    return sources


def show_stage(name: str, sources: Mapping[str, Mapping[str, float]]) -> list[Row]:
    """Return a stage's rows, one a source."""
    total = sum(source.get("tokens", 0) for source in sources.values())
    return [
        Row((source,), show_source(counts, total), group="" if number else name)
        for number, (source, counts) in enumerate(sources.items())
    ]


def show_source(counts: Mapping[str, float], total: float) -> tuple[Cell, ...]:
    """Return a source's cells."""
    tokens = counts.get("tokens", 0)
    passes = f"{counts['epochs']:.3g}" if "epochs" in counts else DASH
    return (
        show_count(counts.get("records")),
        Cell(passes),
        show_count(tokens),
        Cell(f"{100 * tokens / total:.1f} %" if total else DASH),
        show_count(counts.get("useful_tokens")),
        show_left_out(counts),
        show_count(counts.get("cut")),
    )


def show_left_out(counts: Mapping[str, float]) -> Cell:
    """Return how many records were left out, and which share of those read."""
    number = counts.get("too_long", 0)
    share = f" ({100 * number / counts['read']:.1f} %)" if number and counts.get("read") else ""
    return Cell(f"{number:,.0f}{share}" if number else DASH)


def show_count(number: float | None) -> Cell:
    """Return a count, a dash where there is none."""
    return Cell(f"{number:,.0f}" if number else DASH)
