"""Contestant (b): LLaMA-Factory with packing, in a virtual environment of its own.

    .cache/perf/llamafactory/bin/python -m tests.perf.train_llamafactory \
        --folder .cache/perf/llama-23m --packing neat --seed 1 --output /tmp/llamafactory
"""

import argparse
import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.perf.step_log import IGNORED, StepLog


class CountedLog(StepLog):
    """Also prints how many tokens of its packed rows carry loss, to compare with the others."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any):
        rows = kwargs["train_dataloader"].dataset["labels"]
        useful = sum(label != IGNORED for row in rows for label in row[1:])
        print(json.dumps({"rows": len(rows), "useful_tokens": useful}), flush=True)
        super().on_train_begin(args, state, control, **kwargs)


def main(arguments: argparse.Namespace) -> None:
    """Train until the stopwatch has seen enough."""
    stand_in_for_torchaudio()
    from llamafactory.data.formatter import EmptyFormatter, StringFormatter
    from llamafactory.data.template import register_template
    from llamafactory.train.tuner import run_exp

    register_template(
        name="perf",  # the prompt comes worded out
        format_user=StringFormatter(slots=["{{content}}"]),
        format_assistant=StringFormatter(slots=["{{content}}", {"eos_token"}]),
        format_prefix=EmptyFormatter(slots=[{"bos_token"}]),
    )
    run_exp(settings(arguments), [CountedLog(arguments.output / "steps.jsonl")])


def stand_in_for_torchaudio() -> None:
    """Satisfy an import that text never uses: PyPI has no torchaudio for torch without CUDA."""
    module = ModuleType("torchaudio")
    module.__spec__ = ModuleSpec("torchaudio", None)
    sys.modules["torchaudio"] = module


def settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return LLaMA-Factory's configuration, as its YAML would have it."""
    return {
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "full",
        "model_name_or_path": str(arguments.folder / "base"),
        "disable_gradient_checkpointing": True,  # its default costs a forward pass
        "dataset": "alpaca",
        "dataset_dir": str(arguments.folder),
        "template": "perf",
        "cutoff_len": 512,
        "packing": True,
        "neat_packing": arguments.packing == "neat",
        "output_dir": str(arguments.output),
        "per_device_train_batch_size": arguments.micro_batch,
        "gradient_accumulation_steps": 16 // arguments.micro_batch,
        "max_steps": 100_000,
        "learning_rate": 2e-5,
        "lr_scheduler_type": "cosine",
        "warmup_steps": 10,
        "bf16": arguments.precision == "bf16",
        "use_cpu": arguments.device == "cpu",
        "seed": arguments.seed,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--folder", type=Path, required=True, help="what prepare.py made")
    options.add_argument("--packing", choices=["plain", "neat"], required=True)
    options.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    options.add_argument("--micro-batch", type=int, default=4, help="rows in memory at once")
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--output", type=Path, required=True)
    return options


if __name__ == "__main__":
    main(parser().parse_args())
