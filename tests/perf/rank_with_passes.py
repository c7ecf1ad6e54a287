"""One plain pass a choice: the prompts and choices of `scripts.infer.rank_choices`, each row alone.

    python -m tests.perf.rank_with_passes --model results/models/base --format chatml \\
        --benchmark results/benchmarks/c3-d_zh.jsonl --output /tmp/predictions.jsonl
"""

import argparse
import time

import torch

from scripts.common.command import run
from scripts.common.files import write_jsonl
from scripts.common.provenance import write_meta
from scripts.infer.inference import read_inference
from scripts.infer.load import load_model
from scripts.infer.prompts import encode_prompts
from scripts.infer.rank_choices import encode_choices, parser
from scripts.infer.rows import read_benchmark
from scripts.study.prompts import get_format


def main(arguments: argparse.Namespace) -> None:
    """Answer all records; the `.meta.json` has the tokens a second, as ours counts them."""
    inference, form = read_inference(arguments), get_format(arguments.format)
    records = read_benchmark(inference, ("choice",))
    model, tokenizer, device = load_model(inference.model, inference.dtype)
    prompts = encode_prompts(records, form, tokenizer, 1024).ids
    choices = [encode_choices(record["choices"], tokenizer) for record in records]
    began, found = time.monotonic(), []
    for record, prompt, options in zip(records, prompts, choices, strict=True):
        nats = [log_likelihood(model, prompt, ids) for ids in options]
        each = zip(nats, record["choices"], strict=True)
        scores = [value / len(text.encode()) for value, text in each]
        found.append({"id": record["id"], "prediction": scores.index(max(scores))})
    seconds = time.monotonic() - began
    tokens = sum(map(len, prompts)) + sum(len(ids) for row in choices for ids in row)
    write_jsonl(inference.output, found)
    write_meta(inference.output, {"tokens_per_second": tokens / seconds}, [], seconds, device)


def log_likelihood(model: torch.nn.Module, prompt: list[int], choice: list[int]) -> float:
    """Return log p(choice | prompt) in nats, from logits of the places that predict it."""
    ids = torch.tensor([prompt + choice[:-1]])
    with torch.inference_mode():
        logits = model(input_ids=ids, use_cache=False, logits_to_keep=len(choice)).logits[0]
    found = logits.float().log_softmax(-1)
    return float(sum(found[place, token] for place, token in enumerate(choice)))


if __name__ == "__main__":
    run(main, parser())
