"""The numbers that papers published: ``published/<table>.csv``.

A row has the paper, the table and its row and column there, our names of the system, benchmark and
metric, the value and its source; a value that nobody could verify is empty and has a reason.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from scripts.common.errors import InputError

COLUMNS = ("paper", "table", "row", "column", "system", "benchmark", "metric", "value", "source")
UNVERIFIED = "nobody could verify the paper's number"
Key = tuple[str, str, str]  # system, benchmark, metric


@dataclass(frozen=True)
class Number:
    """A published value, or None and the reason."""

    value: float | None
    source: str
    reason: str


def read_published(path: Path) -> dict[Key, Number]:
    """Return the numbers of one file; `InputError` names the line that is wrong."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise InputError(f"{path}: line 1: no column {', '.join(missing)}")
        numbers: dict[Key, Number] = {}
        for row in reader:
            place = f"{path}: line {reader.line_num}"
            # A no-break space would keep a number from the row it is for.
            system, benchmark, metric = (
                " ".join(row[name].split()) for name in ("system", "benchmark", "metric")
            )
            key = (system, benchmark, metric)
            if key in numbers:
                raise InputError(f"{place}: {', '.join(key)} is duplicated")
            numbers[key] = read_number(row, place)
    return numbers


def read_number(row: dict[str, str], place: str) -> Number:
    """Return one row's number; `InputError` where it is none, or has no source."""
    text, reason = row["value"].strip(), (row.get("reason") or "").strip()
    if not text:
        return Number(None, row["source"], reason or UNVERIFIED)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{place}: value: found {text!r}, expected a number or nothing")
    if not row["source"].strip():
        raise InputError(f"{place}: source: found nothing, expected where the number is printed")
    return Number(value, row["source"], "")
