"""Packed rows on the scratch disk of a node, for a job whose site asks for it.

A file system of a network serves all jobs at once; rows are read in small parts, over days.
"""

import errno
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from scripts.cluster.scratch import COPY_ROWS, FOLDER
from scripts.common.command import log
from scripts.common.files import remove, sha256
from scripts.train.processes import Processes

SPARE = 2**30  # bytes that other files of the job need at the least


def take_rows(
    path: Path, expected: str, processes: Processes, environment: Mapping[str, str] = os.environ
) -> Path:
    """Return where this process reads rows: a copy on its node's scratch, or where they are.

    One process of a node copies; it says so where the rows stay where they are, and why.

    Args:
        expected: their SHA-256, which a copy has or is not used.
    """
    folder = environment.get(FOLDER)
    if folder is None or environment.get(COPY_ROWS) != "1":
        return path
    copy = Path(folder) / path.name
    if int(environment.get("LOCAL_RANK", 0)) == 0:
        copy_rows(path, copy, expected)
    processes.wait()
    return copy if copy.is_file() else path


def copy_rows(path: Path, copy: Path, expected: str) -> None:
    """Copy rows to a scratch disk, where they fit and arrive as they were."""
    partial = copy.with_name(f"{copy.name}.partial")
    try:
        size, free = path.stat().st_size, shutil.disk_usage(copy.parent).free
        if size + SPARE > free:
            raise OSError(errno.ENOSPC, f"{free / 2**30:.1f} GiB free for {size / 2**30:.1f} GiB")
        shutil.copyfile(path, partial)
        if sha256(partial) != expected:
            raise OSError(errno.EIO, "the copy is not what was packed")
        partial.replace(copy)
        log.info("rows are read from %s, %.1f MB", copy, size / 10**6)
    except OSError as error:
        log.info("rows are read from %s, not from scratch: %s", path, error.strerror)
        with suppress(OSError):
            remove(partial)
