"""What a stage measured of held-out texts at its end, for a child that would measure the same.

The last measurement of a stage is of the weights that it exports, and the first one of its child
is of the weights that it loads. Where texts, weights and way of computing are the same, so is every
bit of the number, and the child takes it. All that can move a bit is compared, the numbers of
threads and processes too, since they decide the order of sums: where anything differs, or the
parent has no record, the child measures. Adapters and new rows are merged at the end of their
stage, which moves the last digits (of QLoRA more than these), so such a stage leaves no record and
takes none.
"""

from pathlib import Path
from typing import Any

import torch

from scripts.common.errors import InputError
from scripts.common.files import read_json, sha256, write_json
from scripts.common.processor import processor_flags
from scripts.common.provenance import fingerprint, package_versions, weights_digest
from scripts.train.held_out import HeldOut, Text, Values
from scripts.train.job import Job
from scripts.train.processes import Processes, device_name
from scripts.train.ways import Way

RECORD = "held_out.json"
VALUES = "bits_per_byte"
# What of a run decides how a forward pass computes.
KERNELS = ("engine", "zero", "offload", "compile", "tf32", "liger", "deterministic")

Conditions = dict[str, Any]


def describe_measurement(
    job: Job, held_out: HeldOut, processes: Processes, way: Way
) -> Conditions | None:
    """Return all that a measurement depends on beside the weights, or None if it is not shared.

    Args:
        job: its precision is settled.
        held_out: the texts.
        processes: those that train.
        way: in which the model computes.
    """
    recipe = job.recipe
    if not held_out.texts or recipe.lora or recipe.trains != "all":
        return None
    return {
        "texts": {name: digest_text(text) for name, text in held_out.texts.items()},
        "precision": recipe.precision,
        "attention": way.name,
        "run": {name: getattr(job.run, name) for name in KERNELS},
        "processes": processes.size,
        "threads": torch.get_num_threads(),
        "device": device_name(processes.device),
        "processor": fingerprint({"flags": sorted(processor_flags())}),
        "versions": package_versions(),
        "code": digest_code(),
    }


def digest_text(text: Text) -> str:
    """Return hex digits that identify rows and the bytes that they cover."""
    columns = (text.input_ids, text.position_ids, text.labels)
    return fingerprint({"rows": [column.tolist() for column in columns], "bytes": text.bytes})


def digest_code() -> str:
    """Return hex digits that identify the modules of training."""
    folder = Path(__file__).parent
    files = sorted(folder.rglob("*.py"))
    return fingerprint({str(file.relative_to(folder)): sha256(file) for file in files})


def digest_model(folder: Path) -> dict[str, str]:
    """Return what identifies the weights of a model's folder, and how they are put together."""
    return {"weights": weights_digest(folder), "config": sha256(folder / "config.json")}


def keep_measurement(folder: Path, conditions: Conditions | None, values: Values) -> None:
    """Write the values that were measured of the model in a folder, if a child may take them."""
    if conditions:
        write_json(folder / RECORD, conditions | digest_model(folder) | {VALUES: values})


def take_measurement(parent: Path, conditions: Conditions | None) -> Values | None:
    """Return what a parent measured, if these conditions would give the same numbers, or None."""
    if not conditions or not (parent / RECORD).is_file():
        return None
    try:
        record = read_json(parent / RECORD, fields={VALUES: dict})
    except InputError:  # a damaged record is none: what it saves is a minute
        return None
    values: Values = record.pop(VALUES)
    # The weights are read, a second a gigabyte, only where all else is the same.
    if not conditions.items() <= record.items() or values.keys() != conditions["texts"].keys():
        return None
    return values if record == conditions | digest_model(parent) else None
