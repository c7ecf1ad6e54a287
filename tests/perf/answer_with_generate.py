"""transformers' `generate` on the prompts of `scripts.infer.generate`: batches padded on the left.

Records of like length share a batch, the longest first, as ours do; or as the file has them.

    python -m tests.perf.answer_with_generate --model results/models/base --format chatml \\
        --benchmark results/benchmarks/ui_en-zh.jsonl --output /tmp/predictions.jsonl
"""

import argparse
import time

import torch
from transformers import GenerationConfig

from scripts.common.command import run
from scripts.common.files import write_jsonl
from scripts.common.provenance import write_meta
from scripts.infer import generate
from scripts.infer.ending import Ending
from scripts.infer.inference import read_inference
from scripts.infer.load import load_model
from scripts.infer.padding import pad_left
from scripts.infer.prompts import encode_prompts
from scripts.infer.rows import make_batches, read_benchmark
from scripts.study.prompts import get_format
from scripts.study.tasks import tasks_answered_by


def main(arguments: argparse.Namespace) -> None:
    """Answer all records; the `.meta.json` has the tokens a second."""
    inference, form = read_inference(arguments), get_format(arguments.format)
    records = read_benchmark(inference, tasks_answered_by("generate"))
    model, tokenizer, device = load_model(inference.model, inference.dtype)
    prompts = encode_prompts(records, form, tokenizer, 1024).ids
    config = GenerationConfig(
        max_new_tokens=arguments.max_new_tokens, do_sample=False,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    if arguments.in_order:
        size = inference.batch_size
        batches = [
            list(range(len(prompts)))[start : start + size]
            for start in range(0, len(prompts), size)
        ]
    else:
        batches = make_batches([len(prompt) for prompt in prompts], inference.batch_size)
    answers: dict[int, list[int]] = {}
    began = time.monotonic()
    for rows in batches:
        batch = [prompts[row] for row in rows]
        ids, mask = pad_left(batch, tokenizer.eos_token_id, torch.device(device))
        with torch.inference_mode():
            found = model.generate(ids, attention_mask=mask, generation_config=config)
        ended = [trim(row, tokenizer.eos_token_id) for row in found[:, ids.shape[1] :].tolist()]
        answers |= dict(zip(rows, ended, strict=True))
    seconds = time.monotonic() - began
    rate = sum(map(len, answers.values())) / seconds
    ending = Ending(tokenizer, form.end.replace("{eos}", tokenizer.eos_token), 0)
    write_jsonl(
        inference.output,
        (
            {
                "id": record["id"],
                "tokens": len(answers[row]),
                "prediction": ending.read(answers[row]),
            }
            for row, record in enumerate(records)
        ),
    )
    write_meta(inference.output, {"tokens_per_second": rate}, [], seconds, device)


def parser() -> argparse.ArgumentParser:
    """Return the command line of ours, and one option more."""
    options = generate.parser()
    options.add_argument("--in-order", action="store_true", help="batches as the file has them")
    return options


def trim(ids: list[int], end: int) -> list[int]:
    """Return generated ids up to the first `end`, included."""
    return ids[: ids.index(end) + 1] if end in ids else ids


if __name__ == "__main__":
    run(main, parser())
