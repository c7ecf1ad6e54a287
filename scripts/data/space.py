"""The disk that downloads go to: asked before, and one line where it is full all the same."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.common import limits
from scripts.common.errors import InputError


class DiskError(InputError):
    """The disk cannot hold a file, from wherever it comes."""


def check_space(folder: Path, needed: int, what: str) -> None:
    """Raise `DiskError` where a folder's disk has less than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise DiskError(f"{what}: needs {needed:,} bytes, {folder} has {free:,} free")


def spare_space(folder: Path) -> int:
    """Return how many bytes a file may take that has announced no length."""
    return max(shutil.disk_usage(folder).free - limits.DISK_RESERVE, 0)


@contextmanager
def on_disk(what: str, remedy: str) -> Iterator[None]:
    """Raise `DiskError` in place of what the system says of a block that writes `what`."""
    try:
        yield
    except OSError as error:
        raise DiskError(f"{what}: {error.strerror or error}; {remedy}") from error
