"""Measure on a small random copy of a base model which ways of computing are exact.

In: the base's folder, of which only config.json is read. Out: a JSON file with a line a subject
(pack, train, generate, rank, measure, extend, export, gradient checkpointing, LoRA): by way, the
relative difference from plain forward passes in float32, or why it could not be computed. Training
and answering read it and take the first way that is exact; what has none is refused here, if the
study needs it, before anything trains.

    python -m scripts.preflight.check_base --model results/models/base \\
        --output results/checks/base.json
"""

import argparse
import os
import warnings
from pathlib import Path
from typing import Any

from transformers import AutoConfig, PretrainedConfig
from transformers.utils import logging as transformers_logging

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import read_json, write_json
from scripts.convert.exactness import EXACT, Measure, Tried, describe, first_exact
from scripts.convert.small_copy import mark_of
from scripts.infer.probe_answers import measure_generation, measure_ranking, measure_texts
from scripts.infer.ways import GENERATE, MEASURE, RANK
from scripts.preflight.measure_extension import EXTEND, measure_extension
from scripts.train.check_stage import (
    CHECKPOINTING,
    EXPORT,
    LORA,
    TRAIN,
    measure_checkpointing,
    measure_export,
    measure_lora,
    measure_training,
)
from scripts.train.ways import PACK, measure_packing

SUBJECTS: dict[str, Measure] = {
    PACK: measure_packing,
    TRAIN: measure_training,
    GENERATE: measure_generation,
    RANK: measure_ranking,
    MEASURE: measure_texts,
    EXTEND: measure_extension,
    EXPORT: measure_export,
    CHECKPOINTING: measure_checkpointing,
    LORA: measure_lora,
}


def main(arguments: argparse.Namespace) -> None:
    """Measure, write what was found, and refuse what is needed and has no exact way."""
    config = read_config(arguments.model)
    verdict = measure_all(config, arguments.subjects)
    for subject, tried in verdict["tried"].items():
        tell(subject, tried)
    lacking = [name for name in arguments.needed if not verdict["ways"].get(name)]
    if lacking:
        why = describe(verdict["tried"][lacking[0]])
        raise InputError(
            f"{arguments.model}: {config.model_type} has no exact way to {lacking[0]} ({why})"
        )
    write_json(arguments.output, verdict)


def read_config(folder: Path) -> PretrainedConfig:
    """Return a model's configuration; `InputError` where there is none."""
    # DeepSpeed, which transformers imports too, would warn that it found no GPU.
    os.environ.setdefault("DS_ACCELERATOR", "cpu")
    read_json(folder / "config.json", "a model's configuration", {})
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    warnings.filterwarnings("ignore", module="transformers")
    found: PretrainedConfig = AutoConfig.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False
    )
    return found


def measure_all(config: PretrainedConfig, subjects: list[str] | None = None) -> dict[str, Any]:
    """Return what is written: of each subject all that was tried, and the way that is taken."""
    tried = {name: SUBJECTS[name](config) for name in subjects or SUBJECTS}
    return {
        "model_type": config.model_type,
        "mark": mark_of(config),
        "exact": EXACT,
        "ways": {name: first_exact(found) for name, found in tried.items()},
        "tried": tried,
    }


def tell(subject: str, tried: Tried) -> None:
    """Log the way that is taken, and what is wrong with faster ones."""
    way = first_exact(tried)
    # Of training all ways are measured, for there are other devices: slower ones say nothing.
    before = list(tried)[: list(tried).index(way)] if way else list(tried)
    wrong = describe(tried, before)
    log.info("%s: %s%s", subject, way or "no exact way", f", since {wrong}" if wrong else "")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("preflight.check_base", __doc__)
    options.add_argument("--model", type=Path, required=True, help="folder of the base model")
    options.add_argument(
        "--subjects", nargs="*", choices=list(SUBJECTS), help="what is measured (all)"
    )
    options.add_argument(
        "--needed",
        nargs="*",
        choices=list(SUBJECTS),
        default=[],
        help="what is refused where no way is exact",
    )
    options.add_argument("--output", type=Path, required=True, help="JSON")
    return options


if __name__ == "__main__":
    run(main, parser())
