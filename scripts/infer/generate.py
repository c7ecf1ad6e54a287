"""Generate an answer to each record of a benchmark.

In: a model folder and a benchmark of task ``translation``, ``answer``, ``number``, ``open``,
``summary`` or ``simplification``. Out: the benchmark's records with all of their fields, in its
order, with ``prediction`` and ``tokens`` (how many were generated, the closing one included), and
a ``.meta.json`` beside them. Killed at any time and started again, it resumes after the last
finished batch and writes the same bytes.

Records of task ``choice`` are answered so with ``--answer '{"way": "generate"}'``: their prediction
is the index of the choice that is read off the text (`scripts.infer.read_choice`), -1 where none is
named, and ``written`` is the text.

Example::

    python -m scripts.infer.generate --model results/models/x-llama-zh \\
        --benchmark results/benchmarks/flores_en-zh.jsonl --format chatml \\
        --output results/predictions/x-llama-zh/flores_en-zh.jsonl
"""

import argparse
from typing import Any

from scripts.common.command import log, positive, run
from scripts.common.errors import InputError
from scripts.common.provenance import Stopwatch
from scripts.infer.answerer import Answerer, count_differences, fewer
from scripts.infer.answering import LOADERS, make_answerer, make_groups
from scripts.infer.asking import ask_records
from scripts.infer.choice_records import (
    check_choices,
    describe_answer,
    generated_tasks,
    tell_unread,
)
from scripts.infer.decoding import SLOTS, Done
from scripts.infer.ending import Ending
from scripts.infer.exemplars import read_exemplars
from scripts.infer.inference import common_options, read_inference
from scripts.infer.load import Loader, model_window
from scripts.infer.read_choice import meant_labels
from scripts.infer.rows import (
    Result,
    predict_rows,
    read_benchmark,
    speed,
    write_predictions,
)
from scripts.infer.steps import drop_journals
from scripts.infer.translate import translate_records
from scripts.infer.ways import name_way
from scripts.study.prompts import get_format

# Every so many-th answer is generated again in smaller batches, about `MOST` in all.
SAMPLED, MOST = 16, 32


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = common_options("infer.generate", __doc__)
    options.add_argument("--format", required=True, help="a prompt format of prompts/formats.yaml")
    options.add_argument(
        "--max-new-tokens", type=positive, default=48, help="tokens an answer may have (48)"
    )
    return options


def main(arguments: argparse.Namespace, load: Loader | None = None) -> None:
    """Generate an answer for each record; see the module's docstring."""
    watch, inference = Stopwatch(), read_inference(arguments)
    form = get_format(arguments.format, inference.model)
    records = read_benchmark(inference, generated_tasks(inference.answer))
    if records[0]["task"] == "choice":
        check_choices(records, inference.benchmark)
    exemplars = read_exemplars(inference, records)
    load = load or LOADERS[inference.engine]
    model, tokenizer, device = load(inference.model, inference.dtype)
    limit = arguments.max_new_tokens
    window = model_window(model)
    if window <= limit + inference.answer.reasoning:
        raise InputError(f"--max-new-tokens: {limit} leaves no room in a window of {window}")
    loaded = model, tokenizer
    questions = translate_records(inference, records, form, loaded)
    rooms = [window - limit] * len(records)
    asked = ask_records(inference, questions, form, loaded, rooms, exemplars)
    end = form.end.replace("{eos}", tokenizer.eos_token)
    answerer = make_answerer(inference, model, tokenizer, Ending(tokenizer, end, limit))
    ids = [record["id"] for record in records]
    labels = inference.answer.labels
    answerer.meant = {one["id"]: meant_labels(one, labels) for one in questions}

    def predict(rows: list[int], done: Done) -> list[Result]:
        """Answer some records."""
        prompts = [asked.ids[row] for row in rows]
        answers = answerer(prompts, [ids[row] for row in rows], done)
        return [
            describe_answer(questions[row], answerer.ending.read(answer), len(answer), labels)
            | asked.describe(row)
            for row, answer in zip(rows, answers, strict=True)
        ]

    settings = inference.settings(model, device)
    settings |= {"prompt": form.wording, "end": end, "max_new_tokens": limit}
    settings |= name_way(answerer.decoding.way, SLOTS)
    lengths = [len(ids) for ids in asked.ids]
    found = predict_rows(inference, settings, make_groups(lengths, inference), predict, "generate")
    settings |= asked.settings | tell_unread(records, found.results)
    settings |= speed(found, [result["tokens"] for result in found.results])
    settings |= tell_differences(answerer, asked.ids, ids, found.results)
    write_predictions(inference, records, found.results, settings, watch)
    drop_journals(inference)


def tell_differences(
    answerer: Answerer, prompts: list[list[int]], ids: list[str], results: list[Result]
) -> dict[str, Any]:
    """Return how many of some answers are others in smaller batches, where any may be.

    Rounding depends on what is computed together, and a token may then be another.
    """
    if answerer.decoding.tile:
        return {"deterministic": True}
    rows = range(0, len(prompts), max(SAMPLED, len(prompts) // MOST))
    asked = [prompts[row] for row in rows]
    texts = [str(results[row].get("written", results[row]["prediction"])) for row in rows]
    differing = count_differences(answerer, asked, [ids[row] for row in rows], texts)
    batch = fewer(answerer.decoding.slots)
    log.info("%d of %d answers differ with a batch of %d", differing, len(rows), batch)
    return {"differing": {"answers": differing, "of": len(rows), "batch": batch}}


if __name__ == "__main__":
    run(main, parser())
