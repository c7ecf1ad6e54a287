"""What to change in a study's `run` so that a stage fits its devices: the cheapest that does.

The steps are tried in the order of what they cost in speed, each on top of those before it and each
estimated again; a step that turns out to be needless is then taken back.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from scripts.plan.stage_memory import StageMemory, world_size
from scripts.study.run import SEVERAL, SHARDING, Run

Changes = dict[str, Any]  # keys of a study's `run` with their new values
Measure = Callable[[Run], StageMemory]
MOST_DEVICES = 1024


def cheapest_fix(run: Run, batch: int, measure: Measure) -> Changes | None:
    """Return the changes to `run` that make a stage fit, or None where no known change does.

    Args:
        run: the study's, with `device_memory` in GiB.
        batch: rows of a global batch, which the devices must divide.
        measure: estimates the stage for other settings.
    """
    changes: Changes = {}
    for step in steps(run, batch):
        changes = changes | step
        if fits(run, changes, measure):
            return drop_needless(run, changes, measure)
    return None


def fits(run: Run, changes: Changes, measure: Measure) -> bool:
    """Return whether the stage fits with these changes."""
    memory = run.device_memory
    return memory is None or measure(replace(run, **changes)).fits(memory)


def steps(run: Run, batch: int) -> Iterator[Changes]:
    """Yield changes from the one that costs least speed on, each to be added to the last."""
    rows = run.micro_batch
    while rows > 1:
        rows //= 2
        yield {"micro_batch": rows}
    if not run.gradient_checkpointing:
        yield {"gradient_checkpointing": True}
    yield from sharding_steps(run)
    devices, nodes = run.devices, run.nodes
    while devices * nodes < MOST_DEVICES:
        # A node has eight devices at most; then more nodes.
        devices, nodes = (devices * 2, nodes) if devices < 8 else (devices, nodes * 2)
        if batch % (devices * nodes) == 0:
            yield {"devices": devices, "nodes": nodes} | more_sharding(run)


def sharding_steps(run: Run) -> Iterator[Changes]:
    """Yield steps that shard states over devices, then those that move them to the host."""
    engine, zero = run.engine, run.zero
    if engine == "fsdp":
        if run.offload != "all":
            yield {"offload": "all"}
        return
    if world_size(run) > 1:
        for stage in (2, 3):
            if engine != "deepspeed" or zero < stage:
                yield {"engine": "deepspeed", "zero": stage}
    if run.offload == "none":
        yield {"engine": "deepspeed", "zero": max(zero, 2), "offload": "optimizer"}
    if run.offload != "all":
        yield {"engine": "deepspeed", "zero": 3, "offload": "all"}


def more_sharding(run: Run) -> Changes:
    """Return what more devices need beside them to lower what each holds."""
    return {} if run.engine == "fsdp" else {"engine": "deepspeed", "zero": 3}


def drop_needless(run: Run, changes: Changes, measure: Measure) -> Changes:
    """Return the changes without needless ones, the most expensive tried first."""
    for group in (("offload",), ("engine", "zero"), ("zero",), ("gradient_checkpointing",)):
        fewer = {key: value for key, value in changes.items() if key not in group}
        if fewer != changes and consistent(replace(run, **fewer)) and fits(run, fewer, measure):
            changes = fewer
    while changes.get("micro_batch", run.micro_batch) < run.micro_batch:
        more = changes | {"micro_batch": changes["micro_batch"] * 2}
        if more["micro_batch"] > run.micro_batch or not fits(run, more, measure):
            break
        changes = more
    changed = {key: value for key, value in changes.items() if getattr(run, key) != value}
    # DeepSpeed is named with its stage, also where that is the study's already.
    return changed | ({"zero": replace(run, **changed).zero} if "engine" in changed else {})


def consistent(run: Run) -> bool:
    """Return whether an engine can do what the settings ask of it."""
    shared = run.engine in SEVERAL or world_size(run) == 1
    return shared and (run.engine in SHARDING or run.offload == "none")


def format_changes(changes: Changes) -> str:
    """Return changes as they are written in a study: ``micro_batch: 1, zero: 3``."""
    words = (f"{key}: {str(value).lower()}" for key, value in changes.items())
    return ", ".join(words)
