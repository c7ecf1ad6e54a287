"""The plan of a study's memory: what each stage holds on a device, and the cheapest fix."""

from dataclasses import replace

from scripts.common.errors import InputError
from scripts.plan.memory_fixes import cheapest_fix, format_changes
from scripts.plan.model_sizes import base_shape, model_shape
from scripts.plan.new_pieces import uncounted
from scripts.plan.stage_memory import GIB, StageMemory, measure_stage, world_size
from scripts.study.run import SEVERAL, Run
from scripts.study.study import Study


def plan_stages(study: Study, run: Run | None = None) -> list[StageMemory]:
    """Return what each stage that trains holds on a device.

    Args:
        study: whose `run` says engine, devices, rows in memory and so on.
        run: settings to estimate for instead of the study's.

    Raises:
        InputError: if nothing tells the base's shape, or the devices do not divide a global batch.
    """
    run = run or study.run
    found = []
    for name in study.shown(study.stages) or study.stages:
        recipe = study.recipe(name)
        check_batch(f"{study.file}: run", name, recipe.batch, run)
        found.append(measure_stage(name, model_shape(study, name), recipe, run))
    return found


def check_batch(place: str, model: str, batch: int, run: Run) -> None:
    """Raise `InputError`, naming the `place`, unless devices share a global batch's rows evenly."""
    devices, nodes = run.devices, run.nodes
    if run.engine not in SEVERAL and world_size(run) > 1:
        raise InputError(
            f"{place}.engine: found {run.engine} with {world_size(run)} devices, expected ddp, "
            "deepspeed or fsdp"
        )
    if batch % world_size(run):
        even = [f"devices: {n}, or " for n in range(devices, 0, -1) if batch % (n * nodes) == 0]
        more = -(-batch // world_size(run)) * world_size(run)
        raise InputError(
            f"{place}.devices: {devices} on each of {nodes} nodes cannot share the {batch} "
            f"rows of {model}'s batch; write {''.join(even[:1])}batch: {more}"
        )


def check_fit(study: Study, stages: list[StageMemory]) -> None:
    """Raise `InputError` if the largest stage does not fit, with the cheapest fix."""
    stage = largest(stages)
    memory = stage.run.device_memory
    if memory and not stage.fits(memory):
        needed = (
            f"{stage.total / GIB:.1f} of {memory:g} GiB a device ({describe_engine(stage.run)})"
        )
        raise InputError(
            f"{study.file}: run.device_memory: {stage.model} needs {needed}; "
            f"{describe_fix(study, stage)}"
        )


def largest(stages: list[StageMemory]) -> StageMemory:
    """Return the stage that holds most on a device."""
    return max(stages, key=lambda stage: stage.total)


def describe_fix(study: Study, stage: StageMemory) -> str:
    """Return the cheapest change that makes a stage fit, in words."""
    recipe, shape = study.recipe(stage.model), model_shape(study, stage.model)

    def measure(run: Run) -> StageMemory:
        return measure_stage(stage.model, shape, recipe, run)

    changes = cheapest_fix(stage.run, recipe.batch, measure)
    if not changes:
        return "no change of run makes it fit: take LoRA, shorter rows or a smaller model"
    needed = measure(replace(stage.run, **changes)).total / GIB
    return f"the cheapest fix: run: {{{format_changes(changes)}}} ({needed:.1f} GiB)"


def describe_engine(run: Run) -> str:
    """Return how a stage is trained in a few words: ``8 × deepspeed ZeRO-2``."""
    engine = f"deepspeed ZeRO-{run.zero}" if run.engine == "deepspeed" else run.engine
    offload = "" if run.offload == "none" else f", offload {run.offload}"
    return f"{world_size(run)} × {engine}{offload}"


def summarize(study: Study) -> str:
    """Return one line on the study's largest stage; `InputError` where it does not fit.

    A study that names no `device_memory` is never refused for its memory: where nothing tells the
    base's shape, the line says so.
    """
    try:
        base_shape(study)
    except InputError as error:
        if study.run.device_memory:
            raise
        return f"memory: not planned ({error})"
    stages = plan_stages(study)
    if not stages:
        return "memory: nothing is trained"
    check_fit(study, stages)
    stage, memory = largest(stages), study.run.device_memory
    of = f" of {memory:g}" if memory else ""
    host = f", {stage.host / GIB:.0f} GiB of the host" if stage.host >= GIB else ""
    needed = f"{format_gib(stage.total)}{of} GiB a device ({describe_engine(stage.run)}){host}"
    return "; ".join([f"memory: {stage.model} needs {needed}", *describe_uncounted(study)])


def describe_uncounted(study: Study) -> list[str]:
    """Return a line that names the ready models whose pieces the plan cannot count, if any."""
    keys = uncounted(study)
    return [f"not counted: the pieces of {', '.join(keys)}, whose file is not here"] if keys else []


def format_gib(amount: float) -> str:
    """Return bytes as GiB with one or, if small, two decimals."""
    value = amount / GIB
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"
