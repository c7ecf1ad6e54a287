"""What the page of answers shows: every model's answer to the same records, with their scores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from scripts.common.digests import check_digests
from scripts.common.errors import InputError
from scripts.common.files import OPTIONAL, ROOT, Fields, read_records
from scripts.common.sampling import draw
from scripts.study.metrics import get_metric
from scripts.study.yaml_file import read_yaml
from scripts.tables.decimals import count_decimals

Record = dict[str, Any]
Scores = dict[str, float | None]  # by a record's id

ASKED: Fields = {"id": str, "task": str, "instruction": str, "input": str}
SCORED: Fields = {"id": str, "score": OPTIONAL}
# Characters of a text that are shown: a document or a model that never ends would fill the page.
LONGEST = 4000
MOST = 100  # choices or references of a record


@dataclass(frozen=True)
class Answers:
    """Which answers are shown, and where they are.

    Of `models`; of the benchmarks and metrics of `columns` (``<benchmark>.<metric>``), in their
    order. At most `limit` records are shown, a sample by the hash of their ids where there are
    more.
    """

    models: Sequence[str]
    columns: Sequence[str]
    predictions: Path
    scores: Path
    limit: int

    @property
    def metrics(self) -> dict[str, list[str]]:
        """Return the metrics of each benchmark."""
        found: dict[str, list[str]] = {}
        for column in self.columns:
            benchmark, _, metric = column.rpartition(".")
            found.setdefault(benchmark, []).append(metric)
        return found


def gather(answers: Answers) -> Record:
    """Return all that the page shows, as JSON has it.

    Keys: `models`; `languages`, each language's own name by code; `benchmarks` (name, languages,
    metrics, how many records there are); `instructions`, each text once; and `records`: `b` and `i`
    (numbers of benchmark and instruction), `id`, `q` (the input), `c` (choices, where the input
    does not list them), `r` (references), and per model `a` (answers) and `s` (a list of scores).

    Raises:
        InputError: if no record of a benchmark is in all files of it.
    """
    metrics = answers.metrics
    answered = [read_answers(answers, name) for name in metrics]
    counts = [len(found) for found in answered]
    benchmarks: list[Record] = []
    records: list[Record] = []
    instructions: dict[str, int] = {}
    for name, found, count in zip(metrics, answered, share_out(counts, answers.limit), strict=True):
        scores = [
            [read_scores(answers, model, f"{name}.{metric}") for metric in metrics[name]]
            for model in answers.models
        ]
        for key in choose(found, count):
            place = instructions.setdefault(found[key].pop("instruction"), len(instructions))
            given = [[one.get(key) for one in model] for model in scores]
            records.append({"b": len(benchmarks), "i": place, **found[key], "s": given})
        benchmarks.append(describe_benchmark(name, metrics[name], scores, len(found)))
    return {
        "models": list(answers.models),
        "languages": name_languages(benchmarks),
        "benchmarks": benchmarks,
        "instructions": list(instructions),
        "records": records,
    }


def read_answers(answers: Answers, benchmark: str) -> dict[str, Record]:
    """Return what is shown of the records that all models were asked, by id."""
    paths = [answers.predictions / model / f"{benchmark}.jsonl" for model in answers.models]
    found = [
        {record["id"]: record for record in read(path, "predictions", ASKED)} for path in paths
    ]
    shared = [key for key in found[0] if all(key in one for one in found)]
    if not shared:
        raise InputError(f"{', '.join(map(str, paths))}: no record is in all of them")
    return {key: show_record([one[key] for one in found]) for key in shared}


def read_scores(answers: Answers, model: str, column: str) -> Scores:
    """Return the score of each record that has one."""
    path = answers.scores / model / f"{column}.jsonl"
    found = read(path, "scored records", SCORED)
    return {record["id"]: short(record["score"]) for record in found}


def read(path: Path, expected: str, fields: Fields) -> list[Record]:
    """Read a file of a folder, if it is as it was written: options name only the folder."""
    check_digests(path)
    return read_records(path, expected, fields)


def short(score: float | None) -> float | None:
    """Return a score with the six digits that tell it from others; None for what is no number."""
    return None if score is None or not isfinite(score) else float(f"{score:.6g}")


def share_out(counts: list[int], limit: int) -> list[int]:
    """Return how many of each benchmark's records are shown: as alike as they can be."""
    taken = [0] * len(counts)
    left = limit
    for done, place in enumerate(sorted(range(len(counts)), key=lambda place: counts[place])):
        taken[place] = min(counts[place], max(1, left // (len(counts) - done)))
        left -= taken[place]
    return taken


def choose(keys: Iterable[str], count: int) -> list[str]:
    """Return so many ids, drawn by their hash, in the order of the benchmark."""
    keys = list(keys)
    chosen = set(draw(keys, count, str)) if count < len(keys) else set(keys)
    return [key for key in keys if key in chosen]


def describe_benchmark(
    name: str, metrics: list[str], scores: list[list[Scores]], count: int
) -> Record:
    """Return what the page knows of a benchmark; `scores` are by model and metric."""
    described = []
    for number, metric in enumerate(metrics):
        known = [score for model in scores for score in model[number].values() if score is not None]
        facts = get_metric(metric)
        decimals = count_decimals(metric, known)
        described.append(
            {"name": metric, "label": facts.label, "better": facts.better, "decimals": decimals}
        )
    codes = name.rpartition("_")[2].split("-")
    return {"name": name, "languages": codes, "metrics": described, "count": count}


def name_languages(benchmarks: list[Record]) -> dict[str, str]:
    """Return the own name of each language of the benchmarks, by code."""
    known = read_yaml(ROOT / "registry" / "languages.yaml")
    codes = dict.fromkeys(code for one in benchmarks for code in one["languages"])
    return {code: known[code]["own"] for code in codes if code in known}


def show_record(several: list[Record]) -> Record:
    """Return what is shown of a record and of all models' answers to it."""
    record = several[0]
    choices = record.get("choices") or []
    asked = record["input"] or str(record.get("text") or "")
    shown: Record = {
        "instruction": cut(record["instruction"]),
        "id": cut(record["id"]),
        "q": cut(asked),
    }
    if not all(choice in asked for choice in choices):
        shown["c"] = few([name_choice(choices, place) for place in range(len(choices))])
    shown["r"] = few([cut(text) for text in list_references(record)])
    shown["a"] = [answer_of(one) for one in several]
    return shown


def list_references(record: Record) -> list[str]:
    """Return the right answers: the right choice, the references, or else the record's output."""
    if "choices" in record and isinstance(record.get("answer"), int):
        return [name_choice(record["choices"], record["answer"])]
    references = record.get("references") or [record.get("output")]
    return [str(one) for one in references if one]


def answer_of(record: Record) -> str | None:
    """Return what a model answered: a text, or the choice that it took; None of a measured text.

    Of a choice that was written: what was read off the text, and the text.
    """
    prediction = record.get("prediction")
    if "choices" in record and isinstance(prediction, int):
        choices, written = record["choices"], record.get("written")
        taken = name_choice(choices, prediction) if prediction >= 0 else "[no choice is named]"
        return taken if written is None else f"{taken}\n{cut(str(written))}"
    return None if prediction is None else cut(str(prediction))


def name_choice(choices: list[str], place: int) -> str:
    """Return a choice behind its letter, or its number where letters have run out."""
    name = ascii_uppercase[place] if place < len(ascii_uppercase) else place + 1
    return f"{name}. {cut(str(choices[place]))}"


def cut(text: str) -> str:
    """Return a text, shortened with a note where it is longer than `LONGEST` characters."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} … [{len(text):,} characters in all]"


def few(texts: list[str]) -> list[str]:
    """Return the first `MOST` texts, with a note where there are more."""
    more = [f"… [{len(texts):,} in all]"] if len(texts) > MOST else []
    return [*texts[:MOST], *more]
