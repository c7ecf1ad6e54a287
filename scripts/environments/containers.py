"""Images of the environments for Apptainer: one recipe, a file an environment.

``envs/container.def`` makes an image of any lock; `build_container` makes it. An image is named
after what is in it, as a virtual environment is, so that a changed lock is another image.
"""

import hashlib
import os
from pathlib import Path

from scripts.common.files import ROOT
from scripts.environments.locks import ENVS, environment_names, lock_of

RECIPE = ENVS / "container.def"
MAIN = "lingraft"  # the environment of all rules that name no other


def image_names() -> list[str]:
    """Return the names of all environments, the main one first."""
    return [MAIN, *environment_names()]


def image_lock(name: str) -> Path:
    """Return an environment's lock; raises `InputError` as `lock_of`."""
    return ROOT / "requirements.txt" if name == MAIN else lock_of(name)


def image_path(name: str) -> Path:
    """Return the image of an environment, under ``$LINGRAFT_CONTAINERS``, whether it exists."""
    # Conda's form of the lock has all of its pins, and torch's.
    parts = [file.read_bytes() for file in (ENVS / f"{name}.yaml", RECIPE)]
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]
    folder = Path(os.environ.get("LINGRAFT_CONTAINERS") or ROOT / ".cache" / "containers")
    return folder.absolute() / f"{name}-{digest}.sif"
