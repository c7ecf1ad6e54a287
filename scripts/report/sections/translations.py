"""The section on translations: the same sentences through every model, a sample by hash."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl
from scripts.common.sampling import draw
from scripts.report.inputs import Inputs

TITLE, ORDER = "Translations", 80
SAMPLE = 20
# Characters of a text that are shown: an untuned model may generate up to the token limit.
LONGEST = 160


@dataclass(frozen=True)
class Translation:
    """A source sentence, its references, and the text of each model in the models' order."""

    source: str
    references: list[str]
    outputs: dict[str, str]


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the sample, or None without predictions."""
    paths = inputs.translations
    if not paths:
        return None
    rows, total = sample_translations(paths)
    benchmark = next(iter(paths.values())).stem
    return {"benchmark": benchmark, "models": list(paths), "rows": rows, "total": total}


def sample_translations(paths: dict[str, Path]) -> tuple[list[Translation], int]:
    """Return the sample and the number of sentences it was drawn from.

    The sample is the sentences whose ids have the smallest SHA-256, in the benchmark's order:
    the same for every model and run, and blind to what the models wrote.
    """
    records = {model: read_predictions(path) for model, path in paths.items()}
    first = next(iter(records.values()))
    shared = [key for key in first if all(key in others for others in records.values())]
    if not shared:
        raise InputError(f"{', '.join(map(str, paths.values()))}: no record is in all of them")
    chosen = set(draw(shared, SAMPLE, str))
    rows = [
        Translation(
            source=first[key]["input"],
            references=first[key]["references"],
            outputs={model: cut(others[key]["prediction"]) for model, others in records.items()},
        )
        for key in shared
        if key in chosen
    ]
    return rows, len(shared)


def read_predictions(path: Path) -> dict[str, dict[str, Any]]:
    """Return a predictions file by record id; `InputError` where it holds no translations."""
    fields = {"id": str, "input": str, "references": list, "prediction": str}
    return {record["id"]: record for record in read_jsonl(path, "a translation", fields)}


def cut(text: str) -> str:
    """Return a text, shortened with a note where it is longer than `LONGEST` characters."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST].rstrip()} … [{len(text):,} characters in all]"
