"""Contestant (a): how Stanford-Alpaca-style scripts train.

transformers' `Trainer` on batches padded to their longest example, prompts masked, logits of every
position. Settings that no such script changes are transformers' own.

    python -m tests.perf.train_padded --folder .cache/perf/llama-23m --seed 1 --output /tmp/padded
"""

import argparse
import json
from pathlib import Path

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedTokenizerBase,
    Trainer,
    TrainingArguments,
)

from tests.perf.step_log import IGNORED, StepLog

Example = dict[str, torch.Tensor]


def main(arguments: argparse.Namespace) -> None:
    """Train until the stopwatch has seen enough."""
    base = arguments.folder / "base"
    tokenizer = AutoTokenizer.from_pretrained(base)
    records = json.loads((arguments.folder / "alpaca.json").read_text(encoding="utf-8"))
    examples = [encode(record, tokenizer) for record in records]
    useful = sum(int((example["labels"] != IGNORED).sum()) for example in examples)
    print(json.dumps({"examples": len(examples), "useful_tokens": useful}), flush=True)
    pad = tokenizer.eos_token_id  # LLaMA's has no token for padding; the mask hides it
    trainer = Trainer(
        model=AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32),
        args=training_arguments(arguments),
        train_dataset=examples,
        data_collator=lambda batch: collate(batch, pad),
        callbacks=[StepLog(arguments.output / "steps.jsonl")],
    )
    trainer.train()


def encode(record: dict[str, str], tokenizer: PreTrainedTokenizerBase) -> Example:
    """Return ids and labels, (tokens,) each; the prompt's labels are masked."""
    prompt = tokenizer(record["instruction"])["input_ids"]
    response = tokenizer(record["output"], add_special_tokens=False)["input_ids"]
    response = [*response, tokenizer.eos_token_id]
    return {
        "input_ids": torch.tensor(prompt + response),
        "labels": torch.tensor([IGNORED] * len(prompt) + response),
    }


def collate(batch: list[Example], pad: int) -> Example:
    """Return ids, labels and mask, (examples, longest) each."""
    lengths = torch.tensor([len(example["input_ids"]) for example in batch])
    ids = pad_sequence([example["input_ids"] for example in batch], True, pad)
    labels = pad_sequence([example["labels"] for example in batch], True, IGNORED)
    mask = torch.arange(ids.shape[1])[None] < lengths[:, None]
    return {"input_ids": ids, "labels": labels, "attention_mask": mask.long()}


def training_arguments(arguments: argparse.Namespace) -> TrainingArguments:
    """Return the settings of Stanford Alpaca's recipe at a global batch of 16."""
    return TrainingArguments(
        output_dir=str(arguments.output),
        max_steps=100_000,
        per_device_train_batch_size=arguments.micro_batch,
        gradient_accumulation_steps=16 // arguments.micro_batch,
        learning_rate=2e-5,
        lr_scheduler_type="cosine",
        warmup_steps=10,
        bf16=arguments.precision == "bf16",
        tf32=True if arguments.device == "cuda" else None,
        use_cpu=arguments.device == "cpu",
        seed=arguments.seed,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--folder", type=Path, required=True, help="what prepare.py made")
    options.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    options.add_argument("--micro-batch", type=int, default=4, help="examples in memory at once")
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--output", type=Path, required=True)
    return options


if __name__ == "__main__":
    main(parser().parse_args())
