"""A study of one's own, ``study.yaml`` in a folder with its files: Snakemake is run on it."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.common.files import ROOT
from tests.support.fork_server import forking_environment


def run(folder: Path, *targets: str) -> str:
    """Run Snakemake on the study; return its output."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += [*targets, "--configfile", "study.yaml", "--cores", "2"]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | forking_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:]
    return done.stdout
