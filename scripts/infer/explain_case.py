"""Explain a model's answer to one record: the exact prompt, every token, what else was likely.

In: a model folder, a benchmark, the predictions of it, the options of `scripts.infer.generate`,
`scripts.infer.rank_choices` or `scripts.infer.measure_text`, whichever answers its task, and what
the record adds to each score. Out: one JSON file:

- ``prompt``: its text as the model reads it, whether its beginning was cut, and its tokens
- ``answer`` of what is generated: its text, and of each step the token, its probability and rank,
  and the likeliest tokens
- ``choices``: each choice's log-likelihood after the prompt, token by token, in nats
- ``text`` of what is measured: the log-likelihood of each token, in nats
- ``references``, and ``metrics``: this record's score by each metric, with its statistics
- ``equal``: whether asking this record alone gives the prediction that was scored; if not,
  ``difference`` says what did

An id whose characters no file's name can hold is found by its percent-encoded form, too.

Example::

    python -m scripts.infer.explain_case --model results/models/x-llama-zh \\
        --benchmark results/benchmarks/flores_en-zh.jsonl --format chatml --id 17 \\
        --predictions results/predictions/x-llama-zh/flores_en-zh.jsonl \\
        --scored bleu=results/records/x-llama-zh/flores_en-zh.bleu.jsonl \\
        --output results/x-llama-zh/flores_en-zh.case-17.json
"""

import argparse
from pathlib import Path
from urllib.parse import unquote

from scripts.common.command import log, named_path, run
from scripts.common.errors import InputError, nearest
from scripts.common.files import read_records, write_text
from scripts.infer import answer_benchmarks
from scripts.infer.case_answers import EXPLAINED, Record
from scripts.infer.case_file import format_json
from scripts.infer.case_steps import Described
from scripts.infer.load import load_model
from scripts.study.answer import answered_by
from scripts.study.tasks import TASKS

# What predictions add to a benchmark's records.
ANSWERED = (
    "prediction",
    "tokens",
    "scores",
    "written",
    "exemplars",
    "reasoning",
    "translated",
    "log_likelihoods",
    "choice_tokens",
    "unasked_log_likelihoods",
    "prompt_log_likelihood",
    "prompt_tokens",
)


def parser() -> argparse.ArgumentParser:
    """Return the command line: the options of whatever answers benchmarks, and the record."""
    options = answer_benchmarks.parser()
    options.prog, options.description = "infer.explain_case", __doc__
    options.add_argument("--predictions", type=Path, required=True, help="of the benchmark")
    options.add_argument("--id", required=True, help="of the record")
    options.add_argument(
        "--scored",
        action="extend",
        nargs="*",
        type=named_path,
        default=[],
        metavar="METRIC=PATH",
        help="what each record adds to a score",
    )
    return options


def main(arguments: argparse.Namespace) -> None:
    """Write the file; see the module's docstring."""
    records = read_records(arguments.predictions, "predictions", {"id": str, "task": str})
    record = find_record(records, arguments)
    task = record["task"]
    if task not in TASKS:
        raise InputError(f"{arguments.predictions}: no task {task!r}{nearest(task, TASKS)}")
    script = answered_by(task, arguments.answer)
    if script not in EXPLAINED:
        raise InputError(f"{arguments.predictions}: {task}: another program has asked the model")
    explain = EXPLAINED[script]
    loaded = load_model(arguments.model, arguments.dtype)
    found = {
        "model": arguments.model.name,
        "benchmark": arguments.benchmark.stem,
        "id": record["id"],
        "task": task,
        **explain(record, arguments, loaded),
        "references": list_references(record),
        "metrics": dict(read_score(record["id"], *scored) for scored in arguments.scored),
        "record": {name: value for name, value in record.items() if name not in ANSWERED},
        "dtype": str(loaded[0].dtype).removeprefix("torch."),
        "device": loaded[2],
    }
    if not found["equal"]:
        log.warning("%s: %s", record["id"], found["difference"])
    write_text(arguments.output, format_json(found) + "\n")


def find_record(records: list[Record], arguments: argparse.Namespace) -> Record:
    """Return the record of an id, as it is or percent-encoded; `InputError` names the nearest."""
    by_id = {record["id"]: record for record in records}
    for name in (arguments.id, unquote(arguments.id)):
        if name in by_id:
            return by_id[name]
    place = arguments.predictions
    asked = {one.get("id") for one in read_records(arguments.benchmark, "a benchmark")}
    if asked & {arguments.id, unquote(arguments.id)}:
        raise InputError(f"{place}: record {arguments.id!r} is not in the sample that was asked")
    raise InputError(f"{place}: no record {arguments.id!r}{nearest(arguments.id, by_id)}")


def read_score(name: str, metric: str, path: Path) -> tuple[str, Described]:
    """Return a metric and this record's score and statistics; null where it was not counted."""
    for row in read_records(path, "scored records", {"id": str, "statistics": list}):
        if row["id"] == name:
            return metric, {"score": row.get("score"), "statistics": row["statistics"]}
    return metric, {"score": None, "statistics": None}


def list_references(record: Record) -> list[str]:
    """Return the right answers: references, the right choice, or else the record's output."""
    if "choices" in record:
        return [record["choices"][record["answer"]]]
    references = record.get("references") or [record.get("output")]
    return [text for text in references if text]


if __name__ == "__main__":
    run(main, parser())
