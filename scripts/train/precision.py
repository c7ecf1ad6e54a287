"""The precision of a stage whose recipe says ``auto``: decided once, and kept until it is trained.

bf16 where the device is fast in it, else fp32. What is chosen takes the place of ``auto``
in the stage, so its fingerprint, `stage.json` and provenance are those of a recipe that says it.
"""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from scripts.common.command import log
from scripts.common.processor import has_bf16
from scripts.common.provenance import fingerprint
from scripts.train.job import Job
from scripts.train.processes import Processes


def settle_precision(job: Job, processes: Processes) -> Job:
    """Return the job with a precision in place of ``auto``.

    A stage that was started keeps its precision, on whatever device it resumes; else the first
    process's device decides for all.
    """
    if job.recipe.precision != "auto":
        return job
    choices = [take_precision(job, "bf16"), take_precision(job, "fp32")]
    fast = choices[0 if has_bf16(processes.device.type) else 1]
    begun = next((choice for choice in choices if is_begun(folder_of(choice))), fast)
    chosen = choices[processes.share(choices.index(begun))]
    if processes.first:
        log.info("%s: precision auto is %s", job.model, describe(chosen, fast))
    return chosen


def take_precision(job: Job, precision: Literal["bf16", "fp32"]) -> Job:
    """Return the job with a precision in its recipe and in its stage."""
    recipe = job.stage["recipe"] | {"precision": precision}
    return replace(
        job,
        recipe=replace(job.recipe, precision=precision),
        stage=job.stage | {"recipe": recipe},
    )


def folder_of(job: Job) -> Path:
    """Return the folder of the checkpoints of a job, whose precision is settled."""
    return job.checkpoints / fingerprint(job.stage)


def is_begun(folder: Path) -> bool:
    """Tell whether a folder holds a checkpoint or the finished model."""
    return (folder / "final").exists() or any(folder.glob("checkpoint-*"))


def describe(chosen: Job, fast: Job) -> str:
    """Return a job's precision; where the device would not choose it, why it is taken."""
    precision = chosen.recipe.precision
    if precision == fast.recipe.precision:
        return precision
    return (
        f"{precision}, in which it was begun, though this device would take "
        f"{fast.recipe.precision}; to begin again, delete {folder_of(chosen)}"
    )
