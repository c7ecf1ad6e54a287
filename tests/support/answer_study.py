"""Made-up answers of three models, as the phases of answering and scoring leave them."""

from pathlib import Path

from scripts.common.files import write_jsonl
from scripts.report import write_answers

MODELS = ["base", "x-zh", "billa-zh"]
COLUMNS = ["ui_en-zh.bleu", "ui_en-zh.ter", "ui_en-ar.bleu", "gloss_zh.accuracy", "text_zh.bpb"]
# Answers that would leave their element, run, turn the page around or break its layout.
HOSTILE = [
    "</script><script>window.errors.push('ran')</script>",
    "<img src=x onerror=\"window.errors.push('ran')\">",
    "<!--<script>",
    "\u202e over \u2067 ridden \u2028 \u2029 \x00\x1b[31m",
    "x" * 3000,
    "Z" + "\u0301" * 200,
    "{{ 7 * 7 }} ${data} &lt;b&gt; \\u003cb\\u003e",
]


def write_answers_page(folder: Path, count: int = 40, *options: str) -> Path:
    """Write so many records of each of four benchmarks, and the page of them; return the page."""
    for column in COLUMNS:
        benchmark, _, metric = column.rpartition(".")
        records = [make_record(benchmark, number) for number in range(count)]
        for model, name in enumerate(MODELS):
            answers = [one | answer(one, model, number) for number, one in enumerate(records)]
            write_jsonl(folder / "predictions" / name / f"{benchmark}.jsonl", answers)
            scores = [
                {"id": one["id"], "score": score(metric, model, number)}
                for number, one in enumerate(records)
            ]
            write_jsonl(folder / "records" / name / f"{column}.jsonl", scores)
    page = folder / "answers.html"
    command = [
        *("--title", "First </title> light", "--baseline", "base", "--models", *MODELS),
        *("--columns", *COLUMNS, "--predictions", str(folder / "predictions")),
        *("--scores", str(folder / "records"), "--report", "report.html", *options),
        *("--output", str(page)),
    ]
    write_answers.main(write_answers.parser().parse_args(command))
    return page


def make_record(benchmark: str, number: int) -> dict:
    """Return a record of a translation, of a choice or of a text."""
    record = {"id": f"{benchmark}/<{number}>", "instruction": f"Translate: {benchmark}"}
    if benchmark == "text_zh":
        return record | {"instruction": "", "task": "text", "input": "", "text": "船 " * 999}
    if benchmark == "gloss_zh":
        choices = ["a boat", "a moon", "a <b>man</b>", "a door"]
        return record | {"task": "choice", "input": "船", "choices": choices, "answer": 0}
    right = f"حرر الصفحة {number}" if benchmark == "ui_en-ar" else f"编辑页面{number}"
    return record | {"task": "translation", "input": f"Edit page {number}", "references": [right]}


def answer(record: dict, model: int, number: int) -> dict:
    """Return what a model answered: the last one what is hostile, the middle one what is right."""
    if record["task"] == "text":
        return {"nats": 1.0}
    if record["task"] == "choice":
        return {"prediction": (number + model) % 4}
    texts = ["", record["references"][0], HOSTILE[number % len(HOSTILE)]]
    return {"prediction": texts[model]}


def score(metric: str, model: int, number: int) -> float | None:
    """Return a record's score, which differs most between models at the highest number.

    Of every fifth record all models are alike, and the base has none of the first record.
    """
    if number == 0 and model == 0:
        return None
    if number % 5 == 0:
        return 50.0
    return 50.0 + (model - 1) * number / 10
