"""The environments beside the main one: their locks, and the folders that they are created in.

``envs/<name>.txt`` is the lock of an environment, ``envs/torch.txt`` the pin of torch in all of
them, ``envs/<name>.yaml`` both for conda. Without conda a lock becomes a virtual environment under
``$LINGRAFT_ENVIRONMENTS`` (``.cache/environments`` in the repository), in a folder named after the
content of the lock and the Python that created it: another lock is another folder, and a folder
that exists is used as it is.
"""

import hashlib
import os
import platform
import sys
from pathlib import Path

from scripts.common.errors import InputError, nearest
from scripts.common.files import ROOT

ENVS = ROOT / "envs"
READY = "environment.json"
TORCH = ENVS / "torch.txt"


def environment_names() -> list[str]:
    """Return the names of the environments beside the main one."""
    return sorted(path.stem for path in ENVS.glob("*.in"))


def lock_of(name: str) -> Path:
    """Return an environment's lock; raises `InputError` with the nearest name if there is none."""
    path = ENVS / f"{name}.txt"
    if not path.is_file():
        raise InputError(f"no environment {name!r}{nearest(name, environment_names())}")
    return path


def python_tag() -> str:
    """Return what compiled packages depend on, such as ``cpython-311 Linux x86_64``."""
    return f"{sys.implementation.cache_tag} {platform.system()} {platform.machine()}"


def cache_folder() -> Path:
    """Return the folder that virtual environments are created in."""
    return Path(os.environ.get("LINGRAFT_ENVIRONMENTS") or ROOT / ".cache" / "environments")


def environment_folder(name: str) -> Path:
    """Return the folder of an environment, whether it exists or not."""
    return folder_of(name, lock_of(name), TORCH)


def folder_of(name: str, *files: Path) -> Path:
    """Return the folder of what these files install; other content, or another Python: another."""
    content = b"".join(file.read_bytes() for file in files) + python_tag().encode()
    return cache_folder() / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}"
