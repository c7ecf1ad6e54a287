"""A job's own folder on the scratch disk of its node, for temporary files, caches and rows.

It is removed when the process that made it ends. Where that was killed, the next job on the node
removes it: the kernel frees the lock that a live owner holds on a file in it.
"""

import atexit
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, MutableMapping
from getpass import getuser
from pathlib import Path
from typing import IO

from scripts.common.errors import InputError

FOLDER = "LINGRAFT_SCRATCH"  # the variable that names a job's folder to what the job starts
COPY_ROWS = "LINGRAFT_ROWS_ON_SCRATCH"  # 1: packed rows are copied there
PREFIX, OWNER = "lingraft-job-", "owner"
VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
TEMPORARY = ("TMPDIR", "TMP", "TEMP")
# Libraries that would else write to the home folder, which all jobs share.
CACHES = (
    "HF_HOME", "TRITON_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR", "TORCH_EXTENSIONS_DIR",
    "MPLCONFIGDIR", "NUMBA_CACHE_DIR", "CUDA_CACHE_PATH", "VLLM_CACHE_ROOT",
)  # fmt: skip
# What was fetched where there is a network is still read from where it is.
FETCHED = {"HF_HUB_CACHE": "hub", "HF_DATASETS_CACHE": "datasets", "HF_TOKEN_PATH": "token"}

held: list[IO[str]] = []  # the locks of this process: open as long as it lives


def enter_scratch(place: str, key: str, environment: MutableMapping[str, str] = os.environ) -> None:
    """Make a folder of this job's own, and let the environment name it.

    Args:
        place: a folder of this node; variables in it are those of the environment.
        key: the key that names it, for messages.

    Raises:
        InputError: if there is no such folder here, or nothing can be written in it.
    """
    folder = open_folder(find_place(place, key, environment), environment.get("SLURM_JOB_ID", ""))
    home = environment.get("HF_HOME") or os.path.expanduser("~/.cache/huggingface")
    for name, part in FETCHED.items():
        environment.setdefault(name, os.path.join(home, part))
    environment[FOLDER] = str(folder)
    for name in TEMPORARY:
        environment[name] = make(folder / "tmp")
    for name in CACHES:
        environment[name] = make(folder / name.lower())
    tempfile.tempdir = None  # this process too looks again


def join_scratch(key: str, environment: MutableMapping[str, str] = os.environ) -> None:
    """Make a folder on another node of a job that has one on its first; raises as `enter_scratch`.

    Args:
        key: the key that names the scratch, for messages.
    """
    first = environment.get(FOLDER)
    if first is not None and not Path(first).is_dir():
        enter_scratch(str(Path(first).parent), key, environment)


def find_place(place: str, key: str, environment: Mapping[str, str]) -> Path:
    """Return the scratch of this node; raises as `enter_scratch`."""
    node = os.uname().nodename
    known = {"USER": getuser()} | dict(environment)  # Slurm's jobs may lack the first
    for name in VARIABLE.findall(place):
        if not known.get(name):
            raise InputError(f"{key}: {place}: ${name} is not set on {node}")
    path = VARIABLE.sub(lambda found: known[found[1]], place)
    if not Path(path).is_dir():
        raise InputError(f"{key}: {path}: no such folder on {node}")
    return Path(path)


def open_folder(place: Path, job: str) -> Path:
    """Make a folder that goes when this process ends, after those whose owners are dead."""
    sweep(place)
    try:
        begun = Path(tempfile.mkdtemp(prefix=f".{PREFIX}{job}-", dir=place))
        stream = (begun / OWNER).open("w")
        fcntl.flock(stream, fcntl.LOCK_EX)
        # Locked before it has a name that another job takes for one without an owner.
        folder = begun.rename(place / begun.name.removeprefix("."))
    except OSError as error:
        raise InputError(f"{place}: {error.strerror} on {os.uname().nodename}") from None
    held.append(stream)
    atexit.register(leave, folder, os.getpid())
    return folder


def leave(folder: Path, owner: int) -> None:
    """Remove a folder at the end of the process that made it, and not of one forked from it."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(place: Path) -> None:
    """Remove the folders of this user's jobs that were killed on this node."""
    for folder in place.glob(f"{PREFIX}*"):
        try:
            if folder.stat().st_uid != os.getuid():
                continue
            with (folder / OWNER).open("r+") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # its job lives, or another one removes it


def make(folder: Path) -> str:
    """Make a folder of a job's; return its path."""
    folder.mkdir(exist_ok=True)
    return str(folder)
