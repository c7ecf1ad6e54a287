"""One stage from its parts: parent, rows, engine, checkpoint; trained, exported, published."""

import argparse
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, read_json, sha256, write_json
from scripts.common.provenance import fingerprint, weights_digest
from scripts.pack.rendering import Vocabulary
from scripts.train.allocator import keep_memory
from scripts.train.checkpoints import find_checkpoint, open_folder, prune, publish, step_of
from scripts.train.divergence import DivergenceGuard
from scripts.train.engines import RESHARDING, open_engine
from scripts.train.held_out import HeldOut, load_held_out
from scripts.train.mapped_rows import MappedRows
from scripts.train.packed_loss import PackedLoss
from scripts.train.parent import export, load_parent
from scripts.train.processes import Processes
from scripts.train.reporting import Reporter
from scripts.train.signals import Warned
from scripts.train.throughput import Work
from scripts.train.training import STATE, Training, restore_random
from scripts.train.training_log import TrainingLog, logged_steps

FAILED = "failed.json"


def train_stage(
    arguments: argparse.Namespace,
    stage: dict[str, Any],
    settings: dict[str, Any],
    processes: Processes,
) -> str:
    """Train unless an earlier run had finished, publish the model, return the device's name.

    Raises:
        InputError: if the run cannot go on; a retry of it (`--attempt` > 1) fails at once.
    """
    prepare_torch(arguments, settings, processes)
    folder = arguments.checkpoints / fingerprint(stage)
    if processes.first:
        open_folder(arguments.checkpoints, folder.name)
        refuse_retry(folder / FAILED, arguments.attempt)
    processes.wait()
    if not (folder / "final").exists():
        try:
            train(arguments, stage, settings, processes, folder)
        except InputError as error:
            if processes.first:
                write_json(folder / FAILED, {"error": str(error)})
            raise
    if processes.first:
        publish(folder / "final", arguments.output)
    return device_name(processes.device)


def refuse_retry(failed: Path, attempt: int) -> None:
    """Repeat what ended the last attempt, if this one was not asked for by a person.

    A workflow tries a failed job again because it may have been stopped by the cluster; a loss that
    was not a number would only cost the same hours once more.
    """
    if attempt > 1 and failed.exists():
        raise InputError(read_json(failed)["error"])
    failed.unlink(missing_ok=True)


def prepare_torch(
    arguments: argparse.Namespace, settings: dict[str, Any], processes: Processes
) -> None:
    """Seed every generator; choose kernels that give the same bits each time."""
    random.seed(arguments.seed)
    np.random.seed(arguments.seed)
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(max(1, arguments.threads // arguments.devices))
    if processes.device.type == "cpu":
        keep_memory()
    else:
        torch.use_deterministic_algorithms(settings["deterministic"], warn_only=True)
        torch.backends.cudnn.benchmark = False
        torch.set_float32_matmul_precision("high" if settings["tf32"] else "highest")


def train(
    arguments: argparse.Namespace,
    stage: dict[str, Any],
    settings: dict[str, Any],
    processes: Processes,
    folder: Path,
) -> None:
    """Train from the newest checkpoint, or from the parent, and write the final folder."""
    recipe = stage["recipe"]
    reporter = Reporter(arguments, recipe, folder) if processes.first else None
    model = load_parent(arguments.parent, recipe, settings, processes.device)
    work = Work.of(model)
    engine = open_engine(settings["engine"], PackedLoss(model), recipe, settings, processes)
    checkpoint = find_checkpoint(folder, processes)
    start = restore(checkpoint, engine, settings, processes) if checkpoint else 0
    if processes.first:
        log.info("%s starts from %s", arguments.model, checkpoint or arguments.parent)
    if checkpoint is None and processes.first:
        check_rows(arguments.packed / "rows.arrow", stage["data"]["sha256"])
    training_log = TrainingLog(folder, checkpoint, processes.first)
    guard = DivergenceGuard(scaled=recipe["precision"] == "fp16")
    guard.replay(logged_steps(checkpoint))
    rows = MappedRows(arguments.packed / "rows.arrow", stage["data"]["length"])
    training = Training(
        engine=engine,
        rows=rows,
        held_out=read_held_out(arguments, stage["data"]["length"]),
        recipe=recipe,
        settings=settings,
        processes=processes,
        folder=folder,
        log=training_log,
        work=work,
        guard=guard,
        reporter=reporter,
        warned=Warned(),
        state=describe_state(settings, processes),
    )
    training.run(start)
    finish(arguments.parent, engine.weights(), stage, training_log, folder, processes)


def check_rows(path: Path, expected: str) -> None:
    """Refuse rows that are not those of the manifest; asked once a stage, a second a gigabyte."""
    found = sha256(path)
    if found != expected:
        raise InputError(
            f"{path}: SHA-256 is {found[:16]}…, expected {expected[:16]}…; delete it and run again"
        )


def read_held_out(arguments: argparse.Namespace, length: int) -> HeldOut:
    """Return the first rows of the held-out texts, in the parent's tokens."""
    if not arguments.held_out:
        return HeldOut({})
    vocabulary = Vocabulary.load(arguments.parent)
    return load_held_out(arguments.held_out, vocabulary, length, arguments.held_out_rows)


def restore(checkpoint: Path, engine: Any, settings: dict[str, Any], processes: Processes) -> int:
    """Load a checkpoint into the engine; return the step to go on with.

    Raises:
        InputError: if the engine cannot take what another engine, or another number of processes,
            has written.
    """
    state = read_json(checkpoint / STATE)
    mine = describe_state(settings, processes)
    free = state["engine"] in RESHARDING and mine["engine"] in RESHARDING
    if not free and state != mine:
        raise InputError(
            f"{checkpoint}: written by {name_state(state)}, which {name_state(mine)} cannot go on "
            f"from; train with {name_state(state)} as before, or delete {checkpoint.parent}"
        )
    engine.load(checkpoint / "engine")
    restore_random(checkpoint, processes)
    return step_of(checkpoint)


def describe_state(settings: dict[str, Any], processes: Processes) -> dict[str, Any]:
    """Return what a checkpoint's form depends on."""
    zero = settings["zero"] if settings["engine"] == "deepspeed" else None
    return {"engine": settings["engine"], "zero": zero, "processes": processes.size}


def name_state(state: dict[str, Any]) -> str:
    """Return ``deepspeed ZeRO-2 on 8 processes``."""
    zero = f" ZeRO-{state['zero']}" if state["zero"] else ""
    return f"{state['engine']}{zero} on {state['processes']} processes"


def finish(
    parent: Path,
    weights: dict[str, torch.Tensor],
    stage: dict[str, Any],
    training_log: TrainingLog,
    folder: Path,
    processes: Processes,
) -> None:
    """Write the final folder; the checkpoints have done their duty then."""
    if processes.first:
        with atomic_path(folder / "final") as partial:
            partial.mkdir()
            rows = export(parent, weights, stage["recipe"], partial)
            training_log.copy(partial)
            write_json(
                partial / "stage.json", stage | {"rows": rows, "weights": weights_digest(partial)}
            )
        prune(folder, kept=0)
    processes.wait()


def device_name(device: torch.device) -> str:
    """Return the accelerator's name, or cpu."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
