"""The section on answering: with what each model answered, and how firm its answers are."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.common.errors import shorten
from scripts.common.files import read_json
from scripts.common.provenance import meta_path
from scripts.report.inputs import Inputs
from scripts.tables.table import DASH, Cell, Row, Table

TITLE, ORDER = "Answering", 82
HEAD = ("model", "engine", "number type", "device", "batch", "seed", "answers that differ")
HINTS = (
    "", "and its libraries' versions", "of the weights", "", "records decoded together",
    "of samples of a benchmark and of what is drawn",
    "of some that were generated again in smaller batches",
)  # fmt: skip
LOST = ("model", "benchmark", "prompts cut", "choices not named")
LOST_HINTS = (
    "", "", "to the model's window: they lost examples or the beginning of their text",
    "in written answers, which are wrong then",
)  # fmt: skip
SHOWN = 3  # ids of a cell
HARNESS = "lm-evaluation-harness"
Meta = dict[str, Any]


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the table, a row a model, or None where no predictions tell how they were made."""
    models: dict[str, list[Meta]] = {}
    lost = []
    for path in inputs.predictions:
        if meta_path(path).is_file():
            meta = read_meta(path)
            models.setdefault(path.parent.name, []).append(meta)
            lost += list_lost(path, meta["settings"])
    if not models:
        return None
    rows = tuple(Row((name,), describe(metas)) for name, metas in models.items())
    return {
        "table": Table(HEAD, rows, sides="lllllll", hints=HINTS),
        "lost": Table(LOST, tuple(lost), sides="llll", hints=LOST_HINTS) if lost else None,
    }


def list_lost(predictions: Path, settings: Meta) -> list[Row]:
    """Return a row of the records that were cut, or whose answers name no choice, if there are."""
    cells = [list_ids(settings.get(name) or []) for name in ("cut", "unread")]
    if cells == [DASH, DASH]:
        return []
    return [Row((predictions.parent.name,), tuple(map(Cell, (predictions.stem, *cells))))]


def list_ids(ids: list[str]) -> str:
    """Return how many ids there are, and the first of them."""
    if not ids:
        return DASH
    return (
        f"{len(ids):,}: {', '.join(map(shorten, ids[:SHOWN]))}{', …' if len(ids) > SHOWN else ''}"
    )


def read_meta(predictions: Path) -> Meta:
    """Return what the `.meta.json` of predictions says."""
    fields = {"settings": dict, "versions": dict}
    found: Meta = read_json(meta_path(predictions), "the description of predictions", fields)
    return found


def describe(metas: list[Meta]) -> tuple[Cell, ...]:
    """Return a model's cells; what differs between benchmarks is joined."""
    settings = [meta["settings"] for meta in metas]
    columns = (
        [name_engine(meta) for meta in metas],
        [said.get("dtype") for said in settings],
        [said.get("device") for said in settings],
        [said.get("batch_size") for said in settings],
        [said.get("seed") for said in settings if is_drawn(said)],
        count_differing(settings),
    )
    return tuple(Cell(join(values)) for values in columns)


def name_engine(meta: Meta) -> str:
    """Return the engine with the versions of what computes in it."""
    settings, versions = meta["settings"], meta["versions"]
    engine = HARNESS if "harness" in settings else settings.get("engine", "transformers")
    own = versions.get(engine)
    parts = [f"{engine} {own}" if own else engine]
    names = [name for name in ("transformers", "torch") if name != engine and name in versions]
    return " · ".join(parts + [f"{name} {versions[name]}" for name in names])


def is_drawn(settings: Meta) -> bool:
    """Tell whether the seed decides anything: a sample, examples, or tokens."""
    answer = settings.get("answer") or {}
    return any((settings.get("limit"), answer.get("temperature"), answer.get("shots")))


def count_differing(settings: list[Meta]) -> list[str]:
    """Return how many answers were others in smaller batches, by the batch's size."""
    counts: dict[int, list[int]] = {}
    for said in settings:
        if found := said.get("differing"):
            total = counts.setdefault(found["batch"], [0, 0])
            total[0] += found["answers"]
            total[1] += found["of"]
    told = [f"{some} of {of} (batch {batch})" for batch, (some, of) in counts.items()]
    firm = any(said.get("deterministic") for said in settings)
    return [*told, *(["none can: deterministic"] if firm else [])]


def join(values: Iterable[Any]) -> str:
    """Return values once each, in their order; a dash where there are none."""
    return ", ".join(dict.fromkeys(str(value) for value in values if value is not None)) or DASH
