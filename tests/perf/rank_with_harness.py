"""lm-evaluation-harness's own model type `hf` on the prompts of `scripts.infer.rank_choices`.

It gets the ids of prompts and choices, so that both rank the same; its order, its batches and its
padding are its own. It runs in the harness's environment (``envs/lm-eval.in``).

    .cache/environments/lm-eval-…/bin/python -m tests.perf.rank_with_harness \\
        --model results/models/base --format chatml --batch-size 8 \\
        --benchmark results/benchmarks/c3-d_zh.jsonl --output /tmp/predictions.jsonl
"""

import argparse
import time
from typing import Any

from lm_eval.models.huggingface import HFLM

from scripts.common.command import run
from scripts.common.files import write_jsonl
from scripts.common.provenance import write_meta
from scripts.infer.inference import read_inference
from scripts.infer.load import open_folder
from scripts.infer.prompts import encode_prompts
from scripts.infer.rank_choices import encode_choices, parser
from scripts.infer.rows import read_benchmark
from scripts.study.prompts import get_format


def main(arguments: argparse.Namespace) -> None:
    """Answer all records; the `.meta.json` has the tokens a second, as ours counts them."""
    inference, form = read_inference(arguments), get_format(arguments.format)
    records = read_benchmark(inference, ("choice",))
    _, tokenizer = open_folder(inference.model)
    prompts = encode_prompts(records, form, tokenizer, 1024).ids
    choices = [encode_choices(record["choices"], tokenizer) for record in records]
    harness: Any = HFLM(
        pretrained=str(inference.model), dtype=inference.dtype, device="cpu",
        batch_size=inference.batch_size,
    )  # fmt: skip
    asked = [
        (("", ""), prompt, ids)
        for prompt, options in zip(prompts, choices, strict=True)
        for ids in options
    ]
    began = time.monotonic()
    nats = iter(harness._loglikelihood_tokens(asked, disable_tqdm=True))
    seconds = time.monotonic() - began
    found = []
    for record in records:
        scores = [next(nats)[0] / len(text.encode()) for text in record["choices"]]
        found.append({"id": record["id"], "prediction": scores.index(max(scores))})
    tokens = sum(map(len, prompts)) + sum(len(ids) for row in choices for ids in row)
    write_jsonl(inference.output, found)
    write_meta(inference.output, {"tokens_per_second": tokens / seconds}, [], seconds, "cpu")


if __name__ == "__main__":
    run(main, parser())
