"""Estimate the memory that a study's training needs on each device, before anything is trained.

In: a study. Out: a table with a line a stage: GiB by kind, in all, whether it fits, and the
cheapest change that makes it fit if it does not. Exit status 1 with one line in that case.

    python -m scripts.plan.plan_memory --study configs/x-llama-7b.yaml --devices 8 \\
        --device-memory 80
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import get_args

from scripts.common.command import make_parser, positive, run
from scripts.plan.hub_base import ask_hub
from scripts.plan.memory import (
    check_fit,
    describe_engine,
    describe_uncounted,
    format_gib,
    plan_stages,
)
from scripts.plan.stage_memory import KINDS, StageMemory
from scripts.study.parse_study import load_study
from scripts.study.run import Engine
from scripts.study.yaml_file import read_yaml

OVERRIDES = ("devices", "nodes", "device_memory", "engine", "zero", "offload", "micro_batch")


def main(arguments: argparse.Namespace) -> None:
    """Print the table; `InputError` names the largest stage if it does not fit, and the fix."""
    study = load_study(read_yaml(arguments.study), str(arguments.study))
    given = {key: getattr(arguments, key) for key in OVERRIDES}
    changes = {key: value for key, value in given.items() if value is not None}
    ask_hub(study)
    stages = plan_stages(study, replace(study.run, **changes))
    print(format_table(stages))
    for line in describe_uncounted(study):
        print(line)
    if stages:
        check_fit(study, stages)


def format_table(stages: list[StageMemory]) -> str:
    """Return the stages as lines of GiB a device by kind."""
    head = ["GiB a device", *KINDS, "in all", "fits", "host"]
    rows = [head]
    for stage in stages:
        memory = stage.run.device_memory
        fits = "-" if not memory else "yes" if stage.fits(memory) else "no"
        amounts = [*(stage.kinds[kind] for kind in KINDS), stage.total]
        rows.append([stage.model, *map(format_gib, amounts), fits, format_gib(stage.host)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{c:>{w}}" for c, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([f"{describe_engine(stages[0].run)}", *lines] if stages else lines)


def positive_number(text: str) -> float:
    """Parse a positive number of the command line."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("plan.plan_memory", __doc__)
    options.add_argument("--study", type=Path, default=Path("config.yaml"))
    options.add_argument("--devices", type=positive, help="devices a node, instead of the study's")
    options.add_argument("--nodes", type=positive)
    options.add_argument("--device-memory", type=positive_number, help="GiB a device")
    options.add_argument("--engine", choices=get_args(Engine))
    options.add_argument("--zero", type=int, choices=[1, 2, 3])
    options.add_argument("--offload", choices=["none", "optimizer", "all"])
    options.add_argument("--micro-batch", type=positive)
    return options


if __name__ == "__main__":
    run(main, parser())
