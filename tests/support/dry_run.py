"""Snakemake's plan of a study, made in a folder of its own."""

import subprocess
import sys
from pathlib import Path

from scripts.common.files import ROOT


def dry_run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Dry-run Snakemake from a folder."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    return subprocess.run(
        [*command, "--dry-run", *options], cwd=folder, capture_output=True, text=True
    )
