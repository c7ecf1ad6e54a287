"""Checkpoints that survive a kill at any moment: incomplete ones and other settings' are ignored.

Layout: ``results/checkpoints/<model>/<fingerprint>/checkpoint-<step>/`` with ``manifest.json`` (the
fingerprint, the step, the size and SHA-256 of every file) and, once training has ended,
``…/<fingerprint>/final/``. A checkpoint is written under another name and renamed when all
processes' files are on disk. The fingerprint is that of all that the weights depend on, so a
changed recipe never resumes from an old state.
"""

import errno
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, read_json, remove, sha256, write_json
from scripts.study.run import Run
from scripts.train.processes import Processes

MANIFEST = "manifest.json"
KEPT = 2  # if the newest is damaged, training resumes from the one before
# Of the minutes between checkpoints. In less than these the stage ends: a checkpoint, which is
# three times the size of the model and is written, read and deleted, would save less than it costs.
LAST = 0.1


def open_folder(folder: Path, digest: str) -> Path:
    """Return the folder of a fingerprint; what other settings left behind is deleted.

    Nothing else is: a person may have named a folder of their own.
    """
    for other in folder.glob("*"):
        if other.name != digest and re.fullmatch(f"[0-9a-f]{{{len(digest)}}}", other.name):
            log.info("settings changed: %s is deleted", other)
            remove(other)
    (folder / digest).mkdir(parents=True, exist_ok=True)
    return folder / digest


def is_due(run: Run, step: int, left: int, seconds: float, taken: int) -> bool:
    """Tell whether it is time for a checkpoint.

    Args:
        step: the one that was just taken.
        left: how many are left.
        seconds: since the last checkpoint, or since the start.
        taken: steps since then.
    """
    if run.checkpoint_steps and step % run.checkpoint_steps == 0:
        return True
    between = 60 * run.checkpoint_minutes
    return seconds >= between and left * seconds / taken >= LAST * between


def step_of(checkpoint: Path) -> int:
    """Return the step in a checkpoint's name."""
    return int(checkpoint.name.rpartition("-")[2])


def write_checkpoint(
    folder: Path, step: int, save: Callable[[Path], None], processes: Processes
) -> None:
    """Write the checkpoint of a step: `save` is called by every process with the same folder.

    Raises:
        InputError: if the disk is full; earlier checkpoints are kept.
    """
    partial, final = folder / f".checkpoint-{step}.partial", folder / f"checkpoint-{step}"
    try:
        if processes.first:
            remove(partial)
            partial.mkdir()
        processes.wait()
        save(partial)
        processes.wait()
        digests = digest_files(partial, processes)
        if processes.first:
            write_json(partial / MANIFEST, describe(final, digests))
            flush(partial)
            remove(final)
            os.replace(partial, final)
            prune(folder, KEPT)
    except Exception as error:
        if is_full(error, folder):
            remove(partial)
            raise full_error(folder, step, processes.rank) from error
        raise
    processes.wait()


def digest_files(folder: Path, processes: Processes) -> dict[str, list]:
    """Return size and SHA-256 of every file in a folder; the processes share the reading."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    mine = {
        str(file.relative_to(folder)): [file.stat().st_size, sha256(file)]
        for file in files[processes.rank :: processes.size]
        if file.name != MANIFEST
    }
    found = {name: facts for part in processes.gather(mine) for name, facts in part.items()}
    return dict(sorted(found.items()))


def describe(checkpoint: Path, digests: dict[str, list]) -> dict[str, Any]:
    """Return what a checkpoint's manifest says: the stage and the step are part of it.

    Another's whole checkpoint in its place would else be continued from.
    """
    return {"stage": checkpoint.parent.name, "step": step_of(checkpoint), "files": digests}


def flush(folder: Path) -> None:
    """Wait until the folder's files are on disk, so that a power cut cannot empty them."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def is_full(error: BaseException, folder: Path) -> bool:
    """Tell whether an error comes from a full disk, whichever library met it."""
    numbers = (errno.ENOSPC, errno.EDQUOT)
    if getattr(error, "errno", None) in numbers:
        return True
    # PyTorch's distributed form wraps the cause in a text, its archives lose it.
    named = any(os.strerror(number) in str(error) for number in numbers)
    return named or shutil.disk_usage(folder).free < 1 << 20


def full_error(folder: Path, step: int, rank: int) -> InputError:
    """Return the error that reports a full disk, and what is left on it."""
    last = newest(folder)
    kept = f"{last.name} is intact" if last else "there was none before"
    return InputError(
        f"{'process ' + str(rank) + ': ' if rank else ''}{folder}: no space left while saving "
        f"checkpoint-{step}; {kept}; make room and run again"
    )


def newest(folder: Path) -> Path | None:
    """Return the newest checkpoint, damaged or not, or None."""
    return max(folder.glob("checkpoint-*"), key=step_of, default=None)


def find_checkpoint(folder: Path, processes: Processes) -> Path | None:
    """Return the newest complete checkpoint, or None; damaged and partial ones are deleted."""
    if processes.first:
        for partial in folder.glob(".checkpoint-*.partial"):
            log.info("%s is incomplete and is deleted", partial)
            remove(partial)
    processes.wait()
    while True:
        checkpoint = processes.share(newest(folder))
        if checkpoint is None or is_whole(checkpoint, processes):
            return checkpoint
        if processes.first:
            log.warning("%s is damaged and is skipped", checkpoint)
            remove(checkpoint)
        processes.wait()


def is_whole(checkpoint: Path, processes: Processes) -> bool:
    """Tell whether a checkpoint's files are those that its stage wrote at its step."""
    found = digest_files(checkpoint, processes)
    try:
        return describe(checkpoint, found) == read_json(checkpoint / MANIFEST)
    except InputError:
        return False


def prune(folder: Path, kept: int) -> None:
    """Delete all checkpoints but the newest ones."""
    for old in sorted(folder.glob("checkpoint-*"), key=step_of, reverse=True)[kept:]:
        remove(old)


def publish(final: Path, output: Path) -> None:
    """Make `output` a copy of the final folder, by hard links where the file system has them.

    The final folder stays: if the job dies after this and its outputs are deleted, nothing is
    trained again.
    """
    with atomic_path(output) as partial:
        shutil.copytree(final, partial, copy_function=link_or_copy)


def link_or_copy(source: str, target: str) -> None:
    """Hard-link a file, or copy it where there are no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
