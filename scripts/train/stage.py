"""One stage from its parts: parent, rows, engine, checkpoint; trained, exported, published."""

import random
from pathlib import Path

import numpy as np
import torch

from scripts.cluster.allocation import seconds_left
from scripts.common.command import log
from scripts.common.digests import check_digests, write_digests
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, read_json, sha256, write_json
from scripts.common.provenance import weights_digest
from scripts.pack.rendering import Vocabulary
from scripts.study.run import Run
from scripts.train.allocator import keep_memory
from scripts.train.check_stage import check_stage
from scripts.train.checkpoints import find_checkpoint, open_folder, prune, publish, step_of
from scripts.train.describe_node import log_node
from scripts.train.divergence import DivergenceGuard
from scripts.train.engines import Engine, find_engine, open_engine
from scripts.train.export_model import export_model
from scripts.train.held_out import HeldOut, Values, load_held_out
from scripts.train.job import Job
from scripts.train.last_measurement import (
    Conditions,
    describe_measurement,
    keep_measurement,
    take_measurement,
)
from scripts.train.load_model import load_model
from scripts.train.loop import STATE, Form, Loop
from scripts.train.mapped_rows import MappedRows
from scripts.train.packed_loss import PackedLoss
from scripts.train.precision import folder_of, settle_precision
from scripts.train.processes import Processes, device_name, join_processes, leave_processes
from scripts.train.random_state import restore_random
from scripts.train.reporting import Reporter
from scripts.train.rows_on_scratch import take_rows
from scripts.train.signals import Warned
from scripts.train.throughput import Work
from scripts.train.training_log import TrainingLog, logged_steps
from scripts.train.ways import Way, choose_way

FAILED = "failed.json"


def train_stage(job: Job) -> tuple[Job, str]:
    """Train unless an earlier run had finished, and publish the model.

    Returns:
        The job as it was carried out, its precision settled, and the device's name.

    Raises:
        InputError: if the run cannot continue; a retry of it (`job.attempt` > 1) fails at once.
    """
    processes = join_processes(job.run.device)
    try:
        log_node(processes.device, processes.first)
        prepare_torch(job.seed, job.run, processes)
        job = settle_precision(job, processes)
        folder = folder_of(job)
        if processes.first:
            open_folder(job.checkpoints, folder.name)
            refuse_retry(folder / FAILED, job.attempt)
        processes.wait()
        if not (folder / "final").exists():
            fit(job, folder, processes)
        if processes.first:
            check_final(folder / "final")
            publish(folder / "final", job.output)
        return job, device_name(processes.device)
    finally:
        leave_processes()


def refuse_retry(failed: Path, attempt: int) -> None:
    """Repeat what ended the last attempt, if this one was not asked for by a person.

    A workflow retries a failed job because it may have been stopped by the cluster; a non-finite
    loss would only cost the same hours once more.
    """
    if attempt > 1 and failed.exists():
        raise InputError(read_json(failed)["error"])
    failed.unlink(missing_ok=True)


def prepare_torch(seed: int, run: Run, processes: Processes) -> None:
    """Seed every generator; choose kernels that give the same bits each time."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    if run.threads:
        torch.set_num_threads(max(1, run.threads // run.devices))
    if processes.device.type == "cpu":
        keep_memory()
    else:
        torch.use_deterministic_algorithms(run.deterministic, warn_only=True)
        torch.backends.cudnn.benchmark = False
        torch.set_float32_matmul_precision("high" if run.tf32 else "highest")


def fit(job: Job, folder: Path, processes: Processes) -> None:
    """Train from the newest checkpoint, or from the parent, and write the final folder.

    Raises:
        InputError: if the run cannot continue; why is noted for `refuse_retry`.
    """
    try:
        loop, start = open_loop(job, folder, processes)
        loop.run(start)
    except InputError as error:
        if processes.first:
            write_json(folder / FAILED, {"error": str(error)})
        raise
    # Every process takes part in gathering weights that are sharded; the first one gets them.
    weights = loop.engine.weights()
    if processes.first:
        write_final(job, weights, loop, folder)
        prune(folder, kept=0)
    processes.wait()


def open_loop(job: Job, folder: Path, processes: Processes) -> tuple[Loop, int]:
    """Return the training loop, ready to run, and the step to start with."""
    reporter = Reporter(job, folder) if processes.first else None
    way = settle_way(job, processes)
    model = load_model(job.parent, job.recipe, job.run, way.attention)
    work = Work.of(model)  # before an engine shards or wraps the weights that it counts
    engine = open_engine(PackedLoss(model, way.apart), job.recipe, job.run, processes)
    checkpoint = find_checkpoint(folder, processes)
    start = restore(checkpoint, engine, job.run, processes) if checkpoint else 0
    if processes.first:
        log.info("%s starts from %s", job.model, checkpoint or job.parent)
    if processes.first:
        check_rows(job.rows, job.stage["data"]["sha256"])
    rows = take_rows(job.rows, job.stage["data"]["sha256"], processes)
    training_log = TrainingLog(folder, checkpoint, processes.first)
    guard = DivergenceGuard(scaled=job.recipe.precision == "fp16")
    guard.replay(logged_steps(checkpoint))
    held_out = read_held_out(job)
    conditions = describe_measurement(job, held_out, processes, way)
    loop = Loop(
        engine=engine,
        rows=MappedRows(rows, job.length),
        held_out=held_out,
        conditions=conditions,
        of_parent=None if checkpoint else find_known(job.parent, conditions, processes),
        recipe=job.recipe,
        settings=job.run,
        processes=processes,
        folder=folder,
        log=training_log,
        work=work,
        guard=guard,
        reporter=reporter,
        # One process watches the clock; all stop after the same step.
        warned=Warned(seconds_left() if processes.first else None),
        form=describe_form(job.run, processes),
    )
    return loop, start


def settle_way(job: Job, processes: Processes) -> Way:
    """Return how the stage is computed, and say so where packed examples are not together.

    The first process measures, if nobody has, and tells the others.

    Raises:
        InputError: if something that the stage asks for is not exact for its architecture.
    """
    way = processes.share(find_way(job, processes.device.type) if processes.first else None)
    if isinstance(way, str):
        raise InputError(way)
    assert way
    if way.apart and processes.first:
        log.info("%s: %s, since its packed examples would see one another", job.model, way.name)
    return way


def find_way(job: Job, device: str) -> Way | str:
    """Return how the stage is computed, or why it cannot be."""
    try:
        check_stage(job.parent, job.recipe, job.run, job.checks)
        return choose_way(job.run.attention, job.parent, job.recipe.precision, device, job.checks)
    except InputError as error:
        return str(error)


def check_rows(path: Path, expected: str) -> None:
    """Refuse rows that are not those of the manifest; asked at every start, a second a gigabyte."""
    found = sha256(path)
    if found != expected:
        raise InputError(
            f"{path}: SHA-256 is {found[:16]}…, expected {expected[:16]}…; delete it and run again"
        )


def read_held_out(job: Job) -> HeldOut:
    """Return the first rows of the held-out texts, in the parent's tokens."""
    if not job.held_out:
        return HeldOut({})
    for file in job.held_out:
        check_digests(file)  # results/run.json names them, so that no option does
    vocabulary = Vocabulary.load(job.parent)
    return load_held_out(job.held_out, vocabulary, job.length, job.run.held_out_rows)


def find_known(parent: Path, conditions: Conditions | None, processes: Processes) -> Values | None:
    """Return what the parent measured at its end, if it is what the child would measure.

    The first process decides for all: sharded engines measure together, or none does.
    """
    found = take_measurement(parent, conditions) if processes.first else None
    if found:
        log.info("held-out text at step 0: taken from the end of %s", parent)
    return processes.share(found)


def restore(checkpoint: Path, engine: Engine, run: Run, processes: Processes) -> int:
    """Load a checkpoint into the engine; return the step to continue with.

    Raises:
        InputError: if the engine cannot take what another engine, or another number of processes,
            has written.
    """
    written, mine = read_json(checkpoint / STATE), describe_form(run, processes)
    both = find_engine(written["engine"]).reshards and find_engine(mine["engine"]).reshards
    if not both and written != mine:
        raise InputError(
            f"{checkpoint}: written by {name_form(written)}, from which {name_form(mine)} cannot "
            f"resume; train with {name_form(written)} as before, or delete {checkpoint.parent}"
        )
    engine.load(checkpoint / "engine")
    restore_random(checkpoint, processes)
    return step_of(checkpoint)


def describe_form(run: Run, processes: Processes) -> Form:
    """Return what a checkpoint's form depends on."""
    zero = run.zero if run.engine == "deepspeed" else None
    return {"engine": run.engine, "zero": zero, "processes": processes.size}


def name_form(form: Form) -> str:
    """Return ``deepspeed ZeRO-2 on 8 processes``."""
    zero = f" ZeRO-{form['zero']}" if form["zero"] else ""
    return f"{form['engine']}{zero} on {form['processes']} processes"


def write_final(job: Job, weights: dict[str, torch.Tensor], loop: Loop, folder: Path) -> None:
    """Write the final folder: model, tokenizer, logs, `stage.json`, and what was measured last."""
    with atomic_path(folder / "final") as partial:
        partial.mkdir()
        rows = export_model(job.parent, weights, job.recipe, partial)
        loop.log.copy(partial)
        facts = {"rows": rows, "weights": weights_digest(partial)}
        write_json(partial / "stage.json", job.stage | facts)
        keep_measurement(partial, loop.conditions, loop.measured)
        write_digests(folder / "final", written=partial)


def check_final(final: Path) -> None:
    """Refuse to publish a model that was damaged since it was trained.

    What was published before are other names of the same files, so they are damaged too.

    Raises:
        InputError: naming the file, and what to delete; the stage is then trained again.
    """
    try:
        check_digests(final)
    except InputError as error:
        raise InputError(f"{error} (the stage is trained again)") from None
