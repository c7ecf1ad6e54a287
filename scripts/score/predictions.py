"""Reading predictions, and the form of a score file."""

import argparse
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import read_records, sha256, write_json
from scripts.score.bootstrap import CONFIDENCE
from scripts.score.metrics import TASKS

Record = dict[str, Any]

# What a task's predictions must have for its metrics, and of which kind.
FIELDS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "translation": {"prediction": str, "references": list},
    "choice": {"prediction": int, "answer": int},
    "text": {"nats": (int, float), "tokens": int, "bytes": int, "window": int},
}


def read_predictions(path: Path, metric: str) -> list[Record]:
    """Read predictions that `metric` can score; `InputError` names what is wrong, and where."""
    records = read_records(path, "predictions")
    for number, record in enumerate(records, 1):
        check_record(record, metric, f"{path}:{number}")
    ids = [record["id"] for record in records]
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise InputError(f"{path}: id {twice!r} stands there twice, expected each once")
    return records


def check_record(record: Record, metric: str, place: str) -> None:
    """Refuse a record of another task, or without what the metric needs."""
    task = TASKS[metric]
    if record.get("task") != task:
        raise InputError(
            f"{place}: task {record.get('task')!r}, expected {task!r} for the metric {metric}"
        )
    for field, kind in FIELDS[task].items() | {("id", str)}:
        if not isinstance(record.get(field), kind):
            raise InputError(f"{place}: {field} is {record.get(field)!r}, expected {a(kind)}")


def a(kind: type | tuple[type, ...]) -> str:
    """Name a kind of value to a person."""
    names = {str: "a text", int: "a whole number", list: "a list"}
    return names.get(kind, "a number")


def score_options(prog: str, description: str, metrics: tuple[str, ...]) -> argparse.ArgumentParser:
    """Return a parser with the options of every scoring script."""
    options = argparse.ArgumentParser(prog=prog, description=description)
    options.add_argument("--predictions", type=Path, required=True, help="JSON lines")
    options.add_argument("--metric", choices=metrics, default=metrics[0])
    options.add_argument("--model", required=True, help="the model's name")
    options.add_argument("--benchmark", required=True, help="the benchmark's name")
    add_resampling(options)
    options.add_argument("--output", type=Path, required=True, help="score, JSON")
    return options


def add_resampling(options: argparse.ArgumentParser) -> None:
    """Add the options of the bootstrap."""
    options.add_argument("--samples", type=int, default=1000, help="bootstrap resamples (1000)")
    options.add_argument("--seed", type=int, default=12345, help="of the resampling (12345)")


def write_score(
    arguments: argparse.Namespace, score: float, bounds: list[float], n: int, signature: str
) -> None:
    """Write a score file; it holds no times, so that equal predictions give equal bytes."""
    write_json(
        arguments.output,
        {
            "model": arguments.model,
            "benchmark": arguments.benchmark,
            "metric": arguments.metric,
            "score": score,
            "interval": bounds,
            "confidence": CONFIDENCE,
            "n": n,
            "signature": signature,
            "predictions": {
                "path": str(arguments.predictions),
                "sha256": sha256(arguments.predictions),
            },
        },
    )
