"""Snakemake's plan of a study, made in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.common.files import ROOT


def dry_run(
    folder: Path, *options: str, module: str = "snakemake"
) -> subprocess.CompletedProcess[str]:
    """Dry-run Snakemake from a folder; `module` is what runs it."""
    command = [sys.executable, "-m", module, "--snakefile", str(ROOT / "Snakefile")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*command, "--dry-run", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
