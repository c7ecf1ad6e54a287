"""Train one stage of a model on packed rows; resume by itself where an earlier run was stopped.

In: the parent's folder, a folder of packed rows, the recipe's values.
Out: a Hugging Face folder with `model.safetensors`, the tokenizer, `stage.json` and
`train_log.jsonl`. Checkpoints go to `--checkpoints` and are found there again.

    python -m scripts.train.train_model --model instruct-en --parent results/models/base \
        --packed results/packed/instruct-en --batch 4 --learning-rate 2e-4 --schedule cosine \
        --warmup 0.05 --floor 0 --weight-decay 0 --betas 0.9 0.95 --clip 1 --precision fp32 \
        --seed 1 --micro-batch 2 --threads 2 --checkpoints results/checkpoints/instruct-en \
        --checkpoint-seconds 300 --output results/models/instruct-en
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import (
    AutoModelForCausalLM,
    PreTrainedModel,
    PrinterCallback,
    ProgressCallback,
    TrainingArguments,
)
from transformers.utils import logging as transformers_logging

from scripts.common.command import log, run
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, exclusive, read_json, write_json
from scripts.common.provenance import Stopwatch, fingerprint, write_meta
from scripts.train.checkpoints import newest, open_folder, prune, publish
from scripts.train.packed_trainer import PackedTrainer
from scripts.train.training_log import LOG_NAME, TimedCheckpoints, TrainingLog

SCHEDULES = {"cosine": "cosine_with_min_lr", "linear": "linear", "constant": "constant_with_warmup"}
WEIGHTS = (
    "batch", "learning_rate", "schedule", "warmup", "floor", "weight_decay", "betas", "clip",
    "precision", "seed",
)  # fmt: skip


def main(arguments: argparse.Namespace) -> None:
    """Train unless an earlier run had finished, then publish the model."""
    watch = Stopwatch()
    torch.set_num_threads(arguments.threads)
    stage = describe_stage(arguments)
    # A job that outlived its killed workflow may still be training: wait, then take what it made.
    with exclusive(arguments.checkpoints.with_suffix(".lock")):
        folder = open_folder(arguments.checkpoints, fingerprint(stage))
        final = folder / "final"
        if not final.exists():
            train(arguments, stage, folder, final)
        publish(final, arguments.output)
    inputs = [arguments.parent / "model.safetensors", arguments.packed / "manifest.json"]
    write_meta(arguments.output, stage, inputs, watch.seconds, device_name())


def describe_stage(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return all that the weights depend on: recipe, data and the parent's own stage."""
    manifest = read_json(arguments.packed / "manifest.json")
    parent = read_json(arguments.parent / "stage.json")
    return {
        "model": arguments.model,
        "parent": parent["model"],
        "recipe": {key: getattr(arguments, key) for key in WEIGHTS},
        "data": {key: manifest[key] for key in ("objective", "format", "length", "rows", "sha256")},
        "sources": manifest["sources"],
        "parent_fingerprint": fingerprint(parent),
    }


def train(arguments: argparse.Namespace, stage: dict[str, Any], folder: Path, final: Path) -> None:
    """Train from the newest checkpoint, or from the parent, and write the final folder."""
    rows = Dataset.from_file(str(arguments.packed / "rows.arrow"))
    model = load_parent(arguments.parent)
    training_log = TrainingLog(folder, rows, arguments.batch, f"train {arguments.model}")
    trainer = PackedTrainer(
        model=model,
        args=training_arguments(arguments, folder),
        train_dataset=rows.select_columns(["input_ids", "position_ids", "labels"]).with_format(
            "torch"
        ),
        callbacks=[training_log, TimedCheckpoints(arguments.checkpoint_seconds)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    checkpoint = newest(folder)
    log.info("%s starts from %s", arguments.model, checkpoint or arguments.parent)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    save(model, arguments.parent, stage, folder, final)
    prune(folder)


def load_parent(folder: Path) -> PreTrainedModel:
    """Load the parent in float32, in which the optimizer keeps the weights."""
    # Progress has a bar of its own; a resumed tied model would warn of its "missing" output rows.
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)


def training_arguments(arguments: argparse.Namespace, folder: Path) -> TrainingArguments:
    """Return transformers' settings for the recipe; the order of the rows is the packed one."""
    rows = read_json(arguments.packed / "manifest.json")["rows"]
    micro_batch = largest_divisor(arguments.batch, arguments.micro_batch)
    beta1, beta2 = arguments.betas
    cosine = arguments.schedule == "cosine"
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=1,
        train_sampling_strategy="sequential",
        per_device_train_batch_size=micro_batch,
        gradient_accumulation_steps=arguments.batch // micro_batch,
        learning_rate=arguments.learning_rate,
        lr_scheduler_type=SCHEDULES[arguments.schedule],
        lr_scheduler_kwargs={"min_lr_rate": arguments.floor} if cosine else {},
        warmup_steps=round(arguments.warmup * (rows // arguments.batch)),
        weight_decay=arguments.weight_decay,
        adam_beta1=beta1,
        adam_beta2=beta2,
        max_grad_norm=arguments.clip,
        optim="adamw_torch_fused",
        bf16=arguments.precision == "bf16",
        use_cpu=not torch.cuda.is_available(),
        seed=arguments.seed,
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def largest_divisor(batch: int, most: int) -> int:
    """Return the largest divisor of the global batch that is at most `most`."""
    return max(size for size in range(1, min(batch, most) + 1) if batch % size == 0)


def save(
    model: PreTrainedModel, parent: Path, stage: dict[str, Any], folder: Path, final: Path
) -> None:
    """Write weights, the parent's tokenizer, the stage and the training log to the final folder."""
    rows = model.get_input_embeddings().weight.shape[0]
    with atomic_path(final) as partial:
        model.save_pretrained(partial)
        for file in parent.iterdir():
            if "token" in file.name or file.suffix == ".jinja":
                shutil.copyfile(file, partial / file.name)
        shutil.copyfile(folder / LOG_NAME, partial / LOG_NAME)
        write_json(partial / "stage.json", stage | {"rows": rows})


def device_name() -> str:
    """Return the accelerator's name, or cpu."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"


def fraction(text: str) -> float:
    """Parse a number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise InputError(f"found {text}, expected a number from 0 to 1")
    return value


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(
        prog="train.train_model", description=__doc__.partition("\n")[0]
    )
    options.add_argument("--model", required=True, help="its name, for logs and stage.json")
    options.add_argument("--parent", type=Path, required=True)
    options.add_argument("--packed", type=Path, required=True)
    options.add_argument("--batch", type=int, required=True, help="rows an optimizer step")
    options.add_argument("--learning-rate", type=float, required=True)
    options.add_argument("--schedule", choices=SCHEDULES, required=True)
    options.add_argument("--warmup", type=fraction, required=True, help="share of the steps")
    options.add_argument("--floor", type=fraction, required=True, help="last lr of a cosine / lr")
    options.add_argument("--weight-decay", type=float, required=True)
    options.add_argument("--betas", type=float, nargs=2, required=True)
    options.add_argument("--clip", type=float, required=True, help="greatest gradient norm")
    options.add_argument("--precision", choices=["fp32", "bf16"], required=True)
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--micro-batch", type=int, required=True, help="rows in memory at once")
    options.add_argument("--threads", type=int, required=True)
    options.add_argument("--checkpoints", type=Path, required=True)
    options.add_argument("--checkpoint-seconds", type=float, required=True)
    options.add_argument("--output", type=Path, required=True)
    return options


if __name__ == "__main__":
    run(main, parser())
