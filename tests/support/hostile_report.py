"""A made-up study whose texts are somebody else's, the whole corpus in each, as a report has it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.common.files import read_json, read_jsonl, write_json, write_jsonl
from scripts.report import write_answers, write_report
from scripts.tables import tabulate_scores
from tests.support.hostile import HOSTILE
from tests.support.report_study import (
    MODELS,
    report_arguments,
    tabulate_arguments,
    write_study,
)

WHOLE = [text for name, text in HOSTILE.items() if name != "half a character"]
ALL = "\n".join(WHOLE)
# Keys whose values lingraft itself writes, and reads again as numbers, kinds or formats.
OWN = {"id", "language", "task", "ways", "decontaminate"}
Change = Callable[[str], str]


def spoil(value: Any, change: Change, key: str = "") -> Any:
    """Return a value of JSON with each text changed but for those of `OWN` keys."""
    if key in OWN:
        return value
    if isinstance(value, dict):
        return {name: spoil(inner, change, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [spoil(inner, change, key) for inner in value]
    return change(value) if isinstance(value, str) else value


def write_hostile_report(folder: Path, change: Change) -> Path:
    """Write a study, change its texts, and write its report; return the report."""
    study, table, page = write_study(folder), folder / "main.csv", folder / "report.html"
    tabulate_scores.main(
        tabulate_scores.parser().parse_args(tabulate_arguments(study, folder / "main"))
    )
    for path in (folder / "checks").glob("*.json"):
        write_json(path, spoil(read_json(path), change))
    for path in (study["settings"], study["sources"], study["cleaning"], *study["meta"]):
        write_json(path, spoil(read_json(path), change))
    for path in study["predictions"]:
        write_jsonl(path, spoil(read_jsonl(path), change))
    for path in folder.glob("models/*/held_out_log.jsonl"):
        lines = [{change(key) if key != "step" else key: value for key, value in line.items()}
                 for line in read_jsonl(path)]  # fmt: skip
        write_jsonl(path, lines)
    for path, columns in (
        (table, ["model", "baseline", "signature", "test", "predictions"]),
        (study["tokenizers"], ["tokenizer", "language", "parallel"]),
    ):
        rows = pd.read_csv(path)
        for name in columns:
            rows[name] = rows[name].map(lambda text: change(text) if text == text else text)
        rows.to_csv(path, index=False)
    spoil_tokens(study["tokens"], change)
    arguments = report_arguments(study, table, page)
    arguments[arguments.index("--title") + 1] = change("First light")
    write_report.main(write_report.parser().parse_args(arguments))
    return page


def spoil_tokens(path: Path, change: Change) -> None:
    """Change the names of the tokenizers and the texts of the pieces, which are shown by hints."""
    records = read_jsonl(path)
    for record in records:
        record["tokenizers"] = {
            change(name): [token | {"text": change(token["text"])} for token in tokens]
            for name, tokens in record["tokenizers"].items()
        }
    write_jsonl(path, records)


def write_hostile_answers(folder: Path, texts: list[str], *options: str) -> Path:
    """Write a record a text, the text in all of its fields, and the page of answers; return it."""
    models = [MODELS[0], "<img src=x onerror='window.errors.push(1)'>"]
    records = [
        {
            "id": f"{number} {text}", "task": "choice", "instruction": text, "input": "?",
            "choices": [text, "b"], "references": [text], "answer": 0, "text": text,
        }
        for number, text in enumerate(texts)
    ]  # fmt: skip
    for model in models:
        answered = [one | {"prediction": 0, "written": one["text"]} for one in records]
        write_jsonl(folder / "predictions" / model / "ui_en-zh.jsonl", answered)
        told = [
            {"id": one["id"], "task": "answer", "instruction": "", "input": one["text"],
             "output": one["text"], "prediction": one["text"]}
            for one in records
        ]  # fmt: skip
        write_jsonl(folder / "predictions" / model / "gloss_zh.jsonl", told)
        for column in ("ui_en-zh.accuracy", "gloss_zh.exact_match"):
            scores = [{"id": one["id"], "score": 1.0} for one in records]
            write_jsonl(folder / "records" / model / f"{column}.jsonl", scores)
    page = folder / "answers.html"
    arguments = [
        *("--title", texts[0][:1000], "--baseline", models[0], "--models", *models),
        *("--columns", "ui_en-zh.accuracy", "gloss_zh.exact_match", "--report", "report.html"),
        *("--predictions", str(folder / "predictions"), "--scores", str(folder / "records")),
        *("--output", str(page), *options),
    ]
    write_answers.main(write_answers.parser().parse_args(arguments))
    return page
