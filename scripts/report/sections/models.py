"""The section on the models: how to talk to each, its card, its size and its speed."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.files import NUMBER, read_json, read_jsonl
from scripts.common.provenance import meta_path
from scripts.report.inputs import Inputs
from scripts.report.sections.answering import read_meta
from scripts.report.weights import read_weights
from scripts.study.study import BASE
from scripts.tables.table import DASH

TITLE, ORDER = "Models", 15
UNITS = ("bytes", "kB", "MB", "GB", "TB")
Facts = dict[str, Any]


@dataclass(frozen=True)
class Timed:
    """What was measured, and on what."""

    value: str = DASH
    how: str = ""


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return a row a model, or None where no models are given."""
    if not inputs.models:
        return None
    return {"models": [describe(name, inputs) for name in inputs.models]}


def describe(name: str, inputs: Inputs) -> Facts:
    """Return what the section says of a model; a dash for what is not known."""
    weights = read_weights(inputs.models[name])
    own = [path for path in inputs.predictions if path.parent.name == name]
    return {
        "name": name,
        "talk": f"make chat MODEL={shlex.quote(name)}",
        "card": inputs.cards.get(name, ""),
        # The base has none of ours: its publisher's is its home.
        "write_card": f"snakemake {shlex.quote(f'results/cards/{name}.md')}"
        if name != BASE
        else "",
        "parameters": f"{weights.parameters:,}" if weights else DASH,
        "rows": f"{weights.rows:,}" if weights and weights.rows else DASH,
        "size": tell_size(weights.size) if weights else DASH,
        "kind": weights.kind if weights else DASH,
        "speed": tell_speed(own),
        "training": tell_training(inputs.speed_logs.get(name), inputs.models[name]),
    }


def tell_size(size: float) -> str:
    """Return a number of bytes to three digits, such as ``538 MB``."""
    unit = 0
    while size >= 999.5 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    digits = 0 if not unit or size >= 99.95 else 1 if size >= 9.995 else 2
    return f"{size:.{digits}f} {UNITS[unit]}"


def tell_speed(predictions: Iterable[Path]) -> Timed:
    """Return generated tokens a second of all that were answered, and what they ran on.

    Benchmarks whose choices are ranked or whose text is measured generate none.
    """
    said = [read_meta(path)["settings"] for path in predictions if meta_path(path).is_file()]
    timed = [one for one in said if one.get("max_new_tokens") and one.get("prediction_seconds")]
    seconds = sum(one["prediction_seconds"] for one in timed)
    tokens = sum(one.get("tokens") or 0 for one in timed)
    if not seconds or not tokens:
        return Timed()
    devices = join(one.get("device") for one in timed)
    batches = join(one.get("batch_size") for one in timed)
    return Timed(f"{tokens / seconds:,.0f}", f"{devices}, {batches} together")


def join(values: Iterable[Any]) -> str:
    """Return values once each, in their order."""
    return ", ".join(dict.fromkeys(str(value) for value in values if value is not None))


def tell_training(log: Path | None, folder: Path) -> Timed:
    """Return how long a model's optimizer steps took and on what, by the log of all of them.

    The seconds of its `.meta.json` are those of the last process alone, where one was interrupted.
    """
    if log is None or not log.is_file():
        return Timed()
    fields = {"step": NUMBER, "seconds": NUMBER}
    steps = read_jsonl(log, "a training step", fields)
    if not steps:
        return Timed()
    path = meta_path(folder)
    device = read_json(path, "how a model came to be", {}).get("device") if path.is_file() else ""
    seconds = sum(step["seconds"] for step in steps)
    return Timed(tell_seconds(seconds), device or "")


def tell_seconds(seconds: float) -> str:
    """Return a time, such as ``4 min 11 s``."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours:,} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
