"""A study of one's own, ``study.yaml`` in a folder with its files: Snakemake is run on it."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.common.files import ROOT
from tests.support.fork_server import forking_environment


def command(*words: str, study: str = "study.yaml") -> list[str]:
    """Return Snakemake's command line: targets and options, for a study's file."""
    start = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    return [*start, *words, "--configfile", study]


def run(folder: Path, *words: str, study: str = "study.yaml", cores: int = 2) -> str:
    """Run Snakemake on the study; return its output."""
    done = subprocess.run(
        [*command(*words, study=study), "--cores", str(cores)],
        cwd=folder,
        env=os.environ | forking_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:]
    return done.stdout
