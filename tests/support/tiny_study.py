"""The tiny study in a folder of its own: its parts, and how Snakemake is run on it."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.common.files import ROOT
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


def snakemake_command(*options: str) -> list[str]:
    """Return Snakemake's command line for the tiny study."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    return [*command, "--configfile", str(STUDY), *options]


def snakemake(folder: Path, *options: str, check: bool = True) -> subprocess.CompletedProcess:
    """Run Snakemake on the tiny study in a folder; its whole output is in `stdout`."""
    environment = {key: value for key, value in os.environ.items() if key != "LINGRAFT_TRACE"}
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
