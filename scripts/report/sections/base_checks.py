"""The section on the base's architecture: which way of computing is taken, and how exact it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.common.files import read_json
from scripts.report.inputs import Inputs
from scripts.tables.table import MISSING, Cell, Row, Table

TITLE, ORDER = "Base model", 85
HEAD = ("", "way", "difference", "faster ways")
MEANINGS = {
    "pack": "the loss of packed rows is the sum of single ones",
    "train": "so are its gradients",
    "generate": "greedy answers are those of passes without a cache",
    "rank": "choices score as each alone",
    "measure": "bits per byte are those of whole texts",
    "extend": "new rows leave old logits as they are",
    "export": "a trained model is loaded as it was",
    "gradient checkpointing": "recomputing changes neither loss nor gradients",
    "LoRA": "merged adapters give the same logits",
}


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the table, or None where the base was not checked."""
    return show_checks(inputs.base_checks) if inputs.base_checks else None


def show_checks(path: Path) -> dict[str, Any]:
    """Return what `check_base` wrote as a table with a row a subject."""
    fields = {"model_type": str, "exact": float, "ways": dict, "tried": dict}
    found = read_json(path, "a file of check_base", fields)
    ways = found["ways"]
    rows = [show_row(name, ways.get(name), tried) for name, tried in found["tried"].items()]
    table = Table(HEAD, tuple(rows), sides="lcrl")
    return {"table": table, "model_type": found["model_type"], "exact": f"{found['exact']:.0e}"}


def show_row(subject: str, way: str | None, tried: Mapping[str, float | str]) -> Row:
    """Return a subject's row: what is asked, the way, its error, and what faster ways are off."""
    names = list(tried)
    faster = names[: names.index(way)] if way else names
    wrong = "; ".join(f"{name}: {show(tried[name])}" for name in faster)
    cells = (
        Cell(way or "refused where it is needed"),
        Cell(show(tried[way])) if way else MISSING,
        Cell(wrong) if wrong else MISSING,
    )
    return Row((f"{subject}: {MEANINGS.get(subject, '')}",), cells)


def show(found: float | str) -> str:
    """Return an error to a digit, or why there is none."""
    return found if isinstance(found, str) else f"{found:.0e}"
