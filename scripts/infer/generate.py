"""Generate an answer to each record of a benchmark, by greedy decoding.

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

import torch
from transformers import PreTrainedTokenizerBase

from scripts.common.command import positive, run
from scripts.common.errors import InputError
from scripts.common.provenance import Stopwatch
from scripts.infer.choice_records import (
    check_choices,
    describe_answer,
    generated_tasks,
    tell_unread,
)
from scripts.infer.exemplars import read_exemplars
from scripts.infer.greedy import SHARED, decode_greedily
from scripts.infer.inference import common_options, read_inference
from scripts.infer.load import Loader, load_model, model_window
from scripts.infer.probe_answers import measure_generation
from scripts.infer.prompts import encode_prompts
from scripts.infer.rows import (
    Result,
    predict_rows,
    read_benchmark,
    speed,
    write_predictions,
)
from scripts.infer.ways import GENERATE, choose_way, name_way
from scripts.study.prompts import get_format


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = common_options("infer.generate", __doc__)
    options.add_argument("--format", required=True, help="a prompt format of prompts/formats.yaml")
    options.add_argument(
        "--max-new-tokens", type=positive, default=48, help="tokens an answer may have (48)"
    )
    return options


def main(arguments: argparse.Namespace, load: Loader = load_model) -> None:
    """Generate an answer for each record; see the module's docstring."""
    watch, inference = Stopwatch(), read_inference(arguments)
    form = get_format(arguments.format)
    records = read_benchmark(inference, generated_tasks(inference.answer))
    if records[0]["task"] == "choice":
        check_choices(records, inference.benchmark)
    exemplars = read_exemplars(inference, records)
    model, tokenizer, device = load(inference.model, inference.dtype)
    way = choose_way(GENERATE, measure_generation, model.config, inference)
    limit = arguments.max_new_tokens
    room = model_window(model) - limit
    if room < 1:
        raise InputError(f"--max-new-tokens: {limit} leaves no room in a window of {room + limit}")
    asked = encode_prompts(records, form, tokenizer, room, exemplars)
    end = form.end.replace("{eos}", tokenizer.eos_token)
    ends = closing_ids(end, tokenizer)

    def predict(rows: list[int]) -> list[Result]:
        """Answer one batch."""
        with torch.inference_mode():
            prompts = [asked.ids[row] for row in rows]
            answers = decode_greedily(model, prompts, ends, limit, tokenizer.eos_token_id, way)
        texts = [read_answer(ids, end, ends, tokenizer) for ids in answers]
        return [
            describe_answer(records[row], text, len(ids), inference.answer.labels)
            | asked.describe(row)
            for row, text, ids in zip(rows, texts, answers, strict=True)
        ]

    settings = inference.settings(model, device)
    settings |= {"prompt": form.wording, "end": end, "max_new_tokens": limit}
    settings |= name_way(way, SHARED)
    lengths = [len(ids) for ids in asked.ids]
    found = predict_rows(inference, settings, lengths, predict, "generate")
    settings |= asked.settings | tell_unread(records, found.results)
    settings |= speed(found, [result["tokens"] for result in found.results])
    write_predictions(inference, records, found.results, settings, watch)


def closing_ids(end: str, tokenizer: PreTrainedTokenizerBase) -> list[list[int]]:
    """Return the id sequences that close an answer: `end`, and the tokenizer's end of text."""
    ends = [[tokenizer.eos_token_id], tokenizer(end, add_special_tokens=False)["input_ids"]]
    return [ids for number, ids in enumerate(ends) if ids and ids not in ends[:number]]


def read_answer(
    ids: list[int], end: str, ends: list[list[int]], tokenizer: PreTrainedTokenizerBase
) -> str:
    """Return generated ids as text, without what closes it and without space around it."""
    for closing in ends:
        if ids[-len(closing) :] == closing:
            ids = ids[: -len(closing)]
            break
    return str(tokenizer.decode(ids, skip_special_tokens=True)).split(end)[0].strip()


if __name__ == "__main__":
    run(main, parser())
