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
LONGEST_SENTENCE = 1000  # of a source, or of its references together


@dataclass(frozen=True)
class Translation:
    """A source sentence, its references, and the text of each model in the models' order.

    `equal` are the models whose output is one of the references.
    """

    source: str
    references: str
    outputs: dict[str, str]
    equal: set[str]


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
        compare(first[key], {model: others[key]["prediction"] for model, others in records.items()})
        for key in shared
        if key in chosen
    ]
    return rows, len(shared)


def compare(record: dict[str, Any], outputs: dict[str, str]) -> Translation:
    """Return what is shown of a record and of the models' outputs."""
    references = [str(text) for text in record["references"]]
    return Translation(
        source=cut(record["input"], LONGEST_SENTENCE),
        references=cut(" / ".join(references), LONGEST_SENTENCE),
        outputs={model: cut(text) for model, text in outputs.items()},
        equal={model for model, text in outputs.items() if text.strip() in references},
    )


def read_predictions(path: Path) -> dict[str, dict[str, Any]]:
    """Return a predictions file by record id; `InputError` where it holds no translations."""
    fields = {"id": str, "input": str, "references": list, "prediction": str}
    return {record["id"]: record for record in read_jsonl(path, "a translation", fields)}


def cut(text: str, longest: int = LONGEST) -> str:
    """Return a text, shortened with a note where it is longer than so many characters."""
    if len(text) <= longest:
        return text
    return f"{text[:longest].rstrip()} … [{len(text):,} characters in all]"
