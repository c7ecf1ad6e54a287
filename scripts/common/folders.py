"""Which folders may be replaced: a person may name one of their own as an output by mistake."""

import os
from pathlib import Path

from scripts.common.errors import InputError

# A folder that holds one of these is of a model, packed rows, a tokenizer, or an environment.
MARKS = ("stage.json", "manifest.json", "extension.json", "pyvenv.cfg")


def check_replaceable(path: Path) -> None:
    """Raise `InputError` where a folder would be replaced that lingraft has not written.

    A workflow deletes the outputs of a job, stage.json among them, before it runs the job again: so
    every folder below ``results/`` of the folder it runs in is taken for lingraft's own.
    """
    if not path.is_dir() or path.is_symlink():
        return
    beside = path.with_name(f"{path.name}.meta.json").is_file()
    marked = beside or any((path / name).is_file() for name in MARKS)
    results = Path(os.path.abspath("results"))
    made = results in Path(os.path.abspath(path)).parents
    if not (marked or made or holds_nothing(path)):
        raise InputError(
            f"{path}: found a folder that lingraft has not written, expected a new path, an empty "
            "folder, or a folder to be made again"
        )


def holds_nothing(folder: Path) -> bool:
    """Tell whether a folder holds no file: only links, if anything, and folders of that kind."""
    return all(item.is_symlink() or item.is_dir() for item in folder.rglob("*"))
