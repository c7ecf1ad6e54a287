"""Answer a choice benchmark by likelihood: the likeliest choice is the prediction.

In: a model folder and a benchmark of task ``choice``. Out: the benchmark's records, in its
order, with ``scores`` (a choice's log-likelihood after the prompt, in nats per UTF-8 byte, so
that long choices can win, or what ``rank_by`` of ``--answer`` says: `scripts.infer.ranking`),
``prediction`` (the index of the highest; the first of equals) and what other scores than these
come from, and a ``.meta.json`` beside them. Resumes as `scripts.infer.generate` does.

Example::

    python -m scripts.infer.rank_choices --model results/models/x-llama-zh \\
        --benchmark results/benchmarks/gloss_zh.jsonl --format chatml \\
        --output results/predictions/x-llama-zh/gloss_zh.jsonl
"""

import argparse

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from scripts.common.command import run
from scripts.common.errors import InputError
from scripts.common.provenance import Stopwatch
from scripts.infer.asking import ask_records
from scripts.infer.choice_records import check_choices
from scripts.infer.choice_rows import ONE_ROW
from scripts.infer.decoding import Done
from scripts.infer.exemplars import read_exemplars
from scripts.infer.inference import Inference, common_options, read_inference
from scripts.infer.load import Loader, load_model, model_window
from scripts.infer.memory import in_memory
from scripts.infer.probe_answers import measure_ranking
from scripts.infer.ranking import Ranking, encode_unasked
from scripts.infer.record_text import record_tokenizer
from scripts.infer.rows import (
    Result,
    make_batches,
    predict_rows,
    read_benchmark,
    speed,
    write_predictions,
)
from scripts.infer.steps import drop_journals
from scripts.infer.translate import translate_records
from scripts.infer.ways import RANK, choose_way, name_way
from scripts.study.prompts import PromptFormat, get_format
from scripts.study.tasks import tasks_answered_by


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = common_options("infer.rank_choices", __doc__)
    options.add_argument("--format", required=True, help="a prompt format of prompts/formats.yaml")
    return options


def main(arguments: argparse.Namespace, load: Loader = load_model) -> None:
    """Rank the choices of each record; see the module's docstring."""
    watch, inference = Stopwatch(), read_inference(arguments)
    form = get_format(arguments.format, inference.model)
    records = read_benchmark(inference, tasks_answered_by("rank_choices"))
    check_choices(records, inference.benchmark)
    exemplars = read_exemplars(inference, records)
    model, tokenizer, device = load(inference.model, inference.dtype)
    ranking = prepare_ranking(inference, form, model, tokenizer)
    loaded = model, tokenizer
    questions = translate_records(inference, records, form, loaded)
    texts = [record["choices"] for record in questions]
    choices = [encode_choices(row, tokenizer) for row in texts]
    # A record's own longest choice: what else is asked cuts no prompt.
    rooms = [model_window(model) - max(map(len, row)) for row in choices]
    if min(rooms) < 1:
        raise InputError(f"{inference.benchmark}: a choice is longer than the model's window")
    asked = ask_records(inference, questions, form, loaded, rooms, exemplars)

    def predict(rows: list[int], done: Done) -> list[Result]:
        """Rank one batch."""
        with torch.inference_mode():
            ranked = ranking.rank(
                model,
                [asked.ids[row] for row in rows],
                [choices[row] for row in rows],
                [texts[row] for row in rows],
            )
        return [one | asked.describe(row) for row, one in zip(rows, ranked, strict=True)]

    settings = inference.settings(model, device) | {"prompt": form.wording}
    settings |= name_way(ranking.way, ONE_ROW)
    lengths = [len(p) + sum(map(len, c)) for p, c in zip(asked.ids, choices, strict=True)]
    batches = make_batches(lengths, inference.together)
    found = predict_rows(inference, settings, batches, in_memory(predict), "rank choices")
    settings |= asked.settings | speed(found, lengths)
    write_predictions(inference, records, found.results, settings, watch)
    drop_journals(inference)


def prepare_ranking(
    inference: Inference,
    form: PromptFormat,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
) -> Ranking:
    """Return by what choices are ranked, in the fastest way that is exact for the model."""
    way = choose_way(RANK, measure_ranking, model.config, inference, ONE_ROW)
    unasked = encode_unasked(form, tokenizer)
    return Ranking(inference.answer.rank_by, unasked, tokenizer.eos_token_id, way)


def encode_choices(choices: list[str], tokenizer: PreTrainedTokenizerBase) -> list[list[int]]:
    """Return each choice's ids: tokenized apart from the prompt, so that none moves its border."""
    return record_tokenizer(tokenizer).encode(choices)


if __name__ == "__main__":
    run(main, parser())
