"""Checkpoints that survive anything: complete or not there, and never those of other settings.

Layout: ``results/checkpoints/<model>/<fingerprint>/checkpoint-<step>/complete`` and, once training
has ended, ``…/<fingerprint>/final/``. The fingerprint stands for all that the weights depend on, so
a changed recipe never resumes from an old state.
"""

import os
import shutil
from pathlib import Path

from scripts.common.command import log
from scripts.common.files import atomic_path, remove

MARK = "complete"


def open_folder(folder: Path, print_: str) -> Path:
    """Return the folder of a fingerprint; what other settings left behind is deleted."""
    for other in folder.glob("*"):
        if other.name != print_:
            log.info("settings changed: %s is deleted", other)
            remove(other)
    (folder / print_).mkdir(parents=True, exist_ok=True)
    return folder / print_


def step_of(checkpoint: Path) -> int:
    """Return the step in a checkpoint's name."""
    return int(checkpoint.name.rpartition("-")[2])


def newest(folder: Path) -> Path | None:
    """Return the newest complete checkpoint, or None; half-written ones are deleted."""
    complete = []
    for checkpoint in folder.glob("checkpoint-*"):
        if (checkpoint / MARK).exists():
            complete.append(checkpoint)
        else:
            log.info("%s is half written and is deleted", checkpoint)
            remove(checkpoint)
    return max(complete, key=step_of, default=None)


def mark_complete(checkpoint: Path) -> None:
    """Mark a checkpoint as whole once its files are on disk, then delete the older ones."""
    for file in checkpoint.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    (checkpoint / MARK).touch()
    prune(checkpoint.parent, keep=step_of(checkpoint))


def prune(folder: Path, keep: int | None = None) -> None:
    """Delete all checkpoints but the one of step `keep`."""
    for other in folder.glob("checkpoint-*"):
        if step_of(other) != keep:
            remove(other)


def publish(final: Path, output: Path) -> None:
    """Make `output` a copy of the final folder, by hard links where the file system has them.

    The final folder stays: if the job dies after this and its outputs are deleted, nothing is
    trained again.
    """
    with atomic_path(output) as partial:
        shutil.copytree(final, partial, copy_function=link_or_copy)


def link_or_copy(source: str, target: str) -> None:
    """Hard-link a file, or copy it where links are not to be had."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
