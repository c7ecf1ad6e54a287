"""Measure how well a model predicts running text.

In: a model folder and a benchmark of task ``text``. Out: the benchmark's records, in its order,
with ``nats`` (the sum of -log p over all of the text's tokens), ``tokens``, ``bytes`` (UTF-8),
``characters`` and ``window``; ``suffix_nats`` and ``suffix_tokens``, the same of a random suffix of
the text's first window; and a ``.meta.json`` beside them. Resumes as `scripts.infer.generate` does.

Every token is predicted exactly once. The text is preceded by the tokenizer's bos token (its eos
where it has none), and cut into windows of --window + 1 tokens that overlap by one: the last
token a window predicts is the first that the next window sees, and predicts nothing there.

The suffix is where BiLLa's loss lies (`scripts.pack.suffix`): it begins between a fifth and seven
tenths of bos and text, cut off at the window. The record's id decides where, at much the same
place of the text whatever the vocabulary.

Example::

    python -m scripts.infer.measure_text --model results/models/x-llama-zh --window 512 \\
        --benchmark results/benchmarks/text_en.jsonl \\
        --output results/predictions/x-llama-zh/text_en.jsonl
"""

import argparse
from math import fsum
from random import Random

import torch

from scripts.common.command import positive, run
from scripts.common.errors import InputError
from scripts.common.provenance import Stopwatch
from scripts.infer.decoding import Done
from scripts.infer.inference import common_options, read_inference
from scripts.infer.likelihood import PADDED, measure_windows
from scripts.infer.load import Loader, load_model, model_window
from scripts.infer.memory import in_memory
from scripts.infer.probe_answers import measure_texts
from scripts.infer.record_text import record_tokenizer
from scripts.infer.rows import (
    Result,
    make_batches,
    predict_rows,
    read_benchmark,
    speed,
    write_predictions,
)
from scripts.infer.ways import MEASURE, choose_way, name_way
from scripts.study.tasks import tasks_answered_by

# Shares of the tokens between which the suffix begins, both included.
SUFFIX = (0.2, 0.7)


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = common_options("infer.measure_text", __doc__)
    options.add_argument(
        "--window", type=positive, default=512, help="tokens the model sees at once (512)"
    )
    return options


def main(arguments: argparse.Namespace, load: Loader = load_model) -> None:
    """Measure each record's text; see the module's docstring."""
    watch, inference = Stopwatch(), read_inference(arguments)
    records = read_benchmark(inference, tasks_answered_by("measure_text"), {"id": str, "text": str})
    for number, record in enumerate(records, 1):
        if not record["text"]:
            raise InputError(f"{inference.benchmark}:{number}: no text, expected some")
    model, tokenizer, device = load(inference.model, inference.dtype)
    way = choose_way(MEASURE, measure_texts, model.config, inference, PADDED)
    if arguments.window > model_window(model):
        raise InputError(f"--window: {arguments.window}, the model sees {model_window(model)}")
    first = tokenizer.bos_token_id
    first = tokenizer.eos_token_id if first is None else first
    texts = record_tokenizer(tokenizer).encode([r["text"] for r in records])
    cut = [cut_windows([first, *ids], arguments.window) for ids in texts]
    windows = [window for text in cut for window in text]
    starts = [
        suffix_start(len(window), record["id"]) if number == 0 else len(window)
        for record, text in zip(records, cut, strict=True)
        for number, window in enumerate(text)
    ]

    def predict(rows: list[int], done: Done) -> list[Result]:
        """Measure one batch of windows."""
        with torch.inference_mode():
            found = measure_windows(model, [windows[row] for row in rows], first, way)
        return [
            {"nats": nats.sum().item(), "suffix_nats": nats[starts[row] - 1 :].sum().item()}
            for row, nats in zip(rows, found, strict=True)
        ]

    settings = inference.settings(model, device)
    settings |= {"window": arguments.window, "suffix": SUFFIX} | name_way(way, PADDED)
    lengths = [len(window) - 1 for window in windows]
    batches = make_batches(lengths, inference.together)
    work = in_memory(predict)
    found = predict_rows(inference, settings, batches, work, "measure text", "windows")
    settings |= speed(found, lengths)
    parts = iter(zip(found.results, starts, windows, strict=True))
    answers = [
        add_windows([next(parts) for _ in text])
        | {
            "tokens": len(ids),
            "bytes": len(record["text"].encode()),
            "characters": len(record["text"]),
            "window": arguments.window,
        }
        for record, ids, text in zip(records, texts, cut, strict=True)
    ]
    write_predictions(inference, records, answers, settings, watch)


def cut_windows(ids: list[int], size: int) -> list[list[int]]:
    """Return windows of up to `size` + 1 ids; the last of one is the first of the next."""
    return [ids[start : start + size + 1] for start in range(0, len(ids) - 1, size)]


def suffix_start(size: int, name: str) -> int:
    """Return the first of `size` tokens that the suffix takes in; at least one is before it."""
    low = int(SUFFIX[0] * size) + 1
    high = max(low, int(SUFFIX[1] * size))
    return low + int(Random(name).random() * (high - low + 1))


def add_windows(parts: list[tuple[Result, int, list[int]]]) -> dict[str, float]:
    """Return a text's nats and those of its suffix; a part is a window's result, start and ids."""
    return {
        "nats": fsum(result["nats"] for result, _, _ in parts),
        "suffix_nats": fsum(result["suffix_nats"] for result, _, _ in parts),
        "suffix_tokens": sum(len(window) - start for _, start, window in parts),
    }


if __name__ == "__main__":
    run(main, parser())
