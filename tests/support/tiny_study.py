"""The tiny study in a folder of its own: its parts, and how Snakemake is run on it."""

import os
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from scripts.common.files import ROOT, exclusive
from tests.support.fork_server import forking_environment
from tests.support.tiny_model import make_tiny_model

STUDY = ROOT / "tests" / "support" / "tiny.yaml"
CACHE = ROOT / ".cache" / "raw"


def prepare_folder(folder: Path) -> Path:
    """Give a folder the tiny base model and a link to the shared cache of downloads."""
    CACHE.mkdir(parents=True, exist_ok=True)
    (folder / "results").mkdir(parents=True)
    (folder / "results" / "raw").symlink_to(CACHE, target_is_directory=True)
    make_tiny_model(folder / "tiny-base")
    return folder


def copy_base(prepared: Path, folder: Path) -> Path:
    """Give a folder the base model and the downloads of a prepared one."""
    shutil.copytree(prepared / "tiny-base", folder / "tiny-base")
    (folder / "results").mkdir()
    (folder / "results" / "raw").symlink_to(CACHE, target_is_directory=True)
    return folder


def snakemake_command(*options: str) -> list[str]:
    """Return Snakemake's command line for the tiny study."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    return [*command, "--configfile", str(STUDY), *options]


def turn(folder: Path) -> AbstractContextManager[None]:
    """Return what tests of several workers hold while they change or copy a shared folder."""
    return exclusive(folder.with_name(f"{folder.name}.turn"))


def copy_study(study: Path, folder: Path, copy=shutil.copy2) -> None:
    """Copy a study's folder."""
    with turn(study):
        shutil.copytree(study, folder, symlinks=True, copy_function=copy)


def snakemake(folder: Path, *options: str, check: bool = True) -> subprocess.CompletedProcess:
    """Run Snakemake on the tiny study in a folder; its whole output is in `stdout`.

    Tests that share a folder take turns. Scripts are forked from a process that has their
    libraries loaded.
    """
    environment = os.environ | forking_environment()
    with turn(folder):
        done = subprocess.run(
            snakemake_command(*options),
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    if check:
        assert done.returncode == 0, done.stdout[-8000:]
    return done
