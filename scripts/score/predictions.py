"""Reading predictions, and checking that a metric can score them."""

from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.files import name_kind, read_records
from scripts.study.metrics import load_metrics
from scripts.study.tasks import TASKS

Record = dict[str, Any]


def read_predictions(path: Path, metric: str) -> list[Record]:
    """Read predictions that `metric` can score; `InputError` names what is wrong, and where."""
    if metric not in load_metrics():
        raise InputError(f"--metric: no metric {metric!r}{nearest(metric, load_metrics())}")
    records = read_records(path, "predictions")
    for number, record in enumerate(records, 1):
        check_record(record, metric, f"{path}:{number}")
    if len({record["task"] for record in records}) > 1:
        raise InputError(f"{path}: records of several tasks, expected one")
    ids = [record["id"] for record in records]
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise InputError(f"{path}: id {twice!r} is duplicated, expected each once")
    return records


def check_record(record: Record, metric: str, place: str) -> None:
    """Refuse a record of another task, or without what the metric needs."""
    task, tasks = record.get("task"), load_metrics()[metric].tasks
    if not isinstance(task, str) or task not in tasks:
        expected = " or ".join(map(repr, tasks))
        raise InputError(f"{place}: task {task!r}, expected {expected} for the metric {metric}")
    scored = TASKS[task].scored
    for field, kind in {"id": str, **scored}.items():
        if not isinstance(record.get(field), kind):
            found = record.get(field)
            raise InputError(f"{place}: {field} is {found!r}, expected {name_kind(kind)}")
    if "references" in scored:
        check_references(record["references"], place)


def check_references(references: list[Any], place: str) -> None:
    """Refuse references that are not at least one text."""
    if not references:
        raise InputError(f"{place}: no references, expected at least one")
    for reference in references:
        if not isinstance(reference, str):
            raise InputError(f"{place}: a reference is {reference!r}, expected a text")
