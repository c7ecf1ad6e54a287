"""Train one stage of a model on packed rows; resume by itself where an earlier run was stopped.

In: the parent's folder, a folder of packed rows, the recipe's values. Out: a Hugging Face folder
with `model.safetensors`, the tokenizer, `stage.json` and the training logs. Checkpoints go to
`--checkpoints` and are found there again. Exit status 75 means: stopped by SIGTERM or SIGUSR1 after
a checkpoint, run me again. Several processes are started by `scripts.train.launch` or torchrun.

    python -m scripts.train.train_model --model instruct-en --parent results/models/base \
        --packed results/packed/instruct-en --batch 4 --learning-rate 2e-4 --schedule cosine \
        --warmup 0.05 --floor 0 --weight-decay 0 --betas 0.9 0.95 --clip 1 --precision fp32 \
        --seed 1 --micro-batch 2 --threads 2 --checkpoints results/checkpoints/instruct-en \
        --checkpoint-seconds 300 --output results/models/instruct-en
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from scripts.common.command import positive, run
from scripts.common.errors import InputError
from scripts.common.files import exclusive, read_required
from scripts.common.provenance import Stopwatch, fingerprint, write_meta
from scripts.train.devices import check_devices
from scripts.train.signals import die_with_launcher

# torch takes seconds to load: it is imported once the devices are those that were promised.

WEIGHTS = (
    "batch", "learning_rate", "schedule", "warmup", "floor", "weight_decay", "betas", "clip",
    "precision", "optimizer", "lora", "seed",
)  # fmt: skip
MANIFEST_KEYS = ("objective", "format", "length", "rows", "sha256")
LORA_KEYS = {"rank", "alpha", "dropout", "targets", "bits"}
SETTINGS = (
    "engine", "zero", "offload", "gradient_checkpointing", "compile", "attention", "tf32", "liger",
    "deterministic", "checkpoint_seconds", "checkpoint_steps", "evaluations",
)  # fmt: skip


def main(arguments: argparse.Namespace) -> None:
    """Train unless an earlier run had finished, then publish the model."""
    watch = Stopwatch()
    die_with_launcher()
    check_devices(arguments.devices, arguments.nodes, arguments.device)
    stage, settings = check(arguments)
    if int(os.environ.get("RANK", 0)):
        train(arguments, stage, settings)
        return
    # A job that outlived its killed workflow may still be training: wait, then take what it made.
    with exclusive(arguments.checkpoints.with_suffix(".lock")):
        device = train(arguments, stage, settings)
    inputs = [*arguments.parent.glob("*.safetensors"), arguments.packed / "manifest.json"]
    write_meta(arguments.output, stage | {"run": settings}, inputs, watch.seconds, device)


def check(arguments: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what decides the weights and what does not, or say what is wrong with either.

    The launcher asks before it starts processes.

    Raises:
        InputError: if a folder lacks what it must hold, or the batch cannot be shared evenly.
    """
    return describe_stage(arguments), choose_settings(arguments)


def describe_stage(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return all that the weights depend on: recipe, data and the parent's own stage."""
    manifest = read_required(arguments.packed / "manifest.json", "what pack_examples wrote")
    parent = read_required(
        arguments.parent / "stage.json", "a model's folder made by this workflow"
    )
    missing = {*MANIFEST_KEYS, "sources"} - manifest.keys()
    if missing:
        raise InputError(f"{arguments.packed}/manifest.json: found no key {min(missing)!r}")
    return {
        "model": arguments.model,
        "parent": parent["model"],
        "recipe": describe_recipe(arguments),
        "data": {key: manifest[key] for key in MANIFEST_KEYS},
        "sources": manifest["sources"],
        "parent_fingerprint": fingerprint(parent),
    }


def describe_recipe(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the recipe's values; `trains` only where it is not all, as before there was the key.

    Stages that were trained without it keep their fingerprint.
    """
    recipe = {key: getattr(arguments, key) for key in WEIGHTS}
    return recipe if arguments.trains == "all" else recipe | {"trains": arguments.trains}


def choose_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what changes no weights; rows a device are the most that divide its share evenly.

    Raises:
        InputError: if the global batch cannot be shared evenly.
    """
    processes = arguments.devices * arguments.nodes
    if arguments.batch % processes:
        raise InputError(
            f"recipe.batch: {arguments.batch} rows cannot be shared by {processes} devices"
        )
    if arguments.engine == "single" and processes > 1:
        raise InputError(
            f"run.engine: single takes one device, found {processes}; choose ddp, fsdp or deepspeed"
        )
    micro_batch = largest_divisor(arguments.batch // processes, arguments.micro_batch)
    return {key: getattr(arguments, key) for key in SETTINGS} | {"micro_batch": micro_batch}


def largest_divisor(batch: int, most: int) -> int:
    """Return the largest divisor of a batch that is at most `most`."""
    return max(size for size in range(1, min(batch, most) + 1) if batch % size == 0)


def train(arguments: argparse.Namespace, stage: dict, settings: dict[str, Any]) -> str:
    """Train from the newest checkpoint, or from the parent; return the device's name."""
    from scripts.train.processes import join_processes, leave_processes
    from scripts.train.stage import train_stage

    processes = join_processes(arguments.device)
    try:
        return train_stage(arguments, stage, settings, processes)
    finally:
        leave_processes()


def fraction(text: str) -> float:
    """Parse a number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"found {text}, expected a number from 0 to 1")
    return value


def lora_json(text: str) -> dict[str, Any]:
    """Parse a recipe's `lora` as JSON."""
    try:
        lora = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
    if not isinstance(lora, dict) or "rank" not in lora or lora.keys() - LORA_KEYS:
        others = ", ".join(sorted(LORA_KEYS - {"rank"}))
        raise argparse.ArgumentTypeError(f"found {text}, expected rank and, if you like, {others}")
    return lora


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(
        prog="train.train_model", description=__doc__.partition("\n")[0]
    )
    options.add_argument("--model", required=True, help="its name, for logs and stage.json")
    options.add_argument("--parent", type=Path, required=True)
    options.add_argument("--packed", type=Path, required=True)
    options.add_argument("--checkpoints", type=Path, required=True)
    options.add_argument("--output", type=Path, required=True)
    add_recipe(options.add_argument_group("recipe (what changes the weights)"))
    add_run(options.add_argument_group("run (what changes no weights)"))
    return options


def add_recipe(options: argparse._ArgumentGroup) -> None:
    """Add the options of the recipe."""
    options.add_argument("--batch", type=positive, required=True, help="rows an optimizer step")
    options.add_argument("--learning-rate", type=float, required=True)
    options.add_argument("--schedule", choices=["cosine", "linear", "constant"], required=True)
    options.add_argument("--warmup", type=fraction, required=True, help="share of the steps")
    options.add_argument("--floor", type=fraction, required=True, help="last lr of a cosine / lr")
    options.add_argument("--weight-decay", type=float, required=True)
    options.add_argument("--betas", type=float, nargs=2, required=True)
    options.add_argument("--clip", type=float, required=True, help="greatest gradient norm")
    options.add_argument("--precision", choices=["fp32", "bf16", "fp16"], required=True)
    options.add_argument("--optimizer", choices=["adamw", "adamw_8bit"], default="adamw")
    trains = ["all", "new_rows"]
    options.add_argument("--trains", choices=trains, default="all", help="which weights")
    options.add_argument("--lora", type=lora_json, help="rank, alpha, dropout, targets, bits")
    options.add_argument("--seed", type=int, required=True)


def add_run(options: argparse._ArgumentGroup) -> None:
    """Add the options of the machine."""
    engines = ["single", "ddp", "deepspeed", "fsdp"]
    options.add_argument("--engine", choices=engines, default="single")
    options.add_argument("--devices", type=positive, default=1, help="processes a node")
    options.add_argument("--nodes", type=positive, default=1)
    options.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    options.add_argument("--zero", type=int, choices=[1, 2, 3], default=2, help="DeepSpeed's stage")
    options.add_argument("--offload", choices=["none", "optimizer", "all"], default="none")
    options.add_argument(
        "--micro-batch", type=positive, required=True, help="rows in memory at once"
    )
    options.add_argument(
        "--threads", type=positive, required=True, help="CPU threads of all processes"
    )
    switch = argparse.BooleanOptionalAction
    options.add_argument("--gradient-checkpointing", action=switch, default=False)
    options.add_argument("--compile", action=switch, default=False)
    attentions = ["auto", "sdpa", "segments", "flash_attention_2", "eager"]
    options.add_argument("--attention", choices=attentions, default="auto")
    options.add_argument("--tf32", action=switch, default=True)
    options.add_argument("--liger", action=switch, default=False, help="Liger's fused kernels")
    options.add_argument("--deterministic", action=switch, default=True)
    options.add_argument("--checkpoint-seconds", type=float, required=True)
    options.add_argument("--checkpoint-steps", type=positive)
    options.add_argument("--held-out", type=Path, nargs="*", default=[], help="text benchmarks")
    options.add_argument("--held-out-rows", type=positive, default=8, help="of each text")
    options.add_argument(
        "--evaluations", type=positive, default=4, help="of held-out text, a stage"
    )
    options.add_argument("--stages", type=json.loads, default={}, help="tokens of every stage")
    options.add_argument("--track", nargs="*", default=[], help="tensorboard, wandb, trackio")
    options.add_argument(
        "--attempt", type=positive, default=1, help="a retry of one that failed: > 1"
    )


if __name__ == "__main__":
    run(main, parser())
