"""Programs that tests alone use, in virtual environments of their own that last between runs."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.common.files import ROOT, exclusive, remove

FOLDER = ROOT / ".cache" / "tests"


def tool_environment(name: str, *packages: str) -> Path:
    """Return the folder of programs of an environment with these packages; skip where pip fails."""
    digest = hashlib.sha256(" ".join([sys.version, *packages]).encode()).hexdigest()[:12]
    folder = FOLDER / f"{name}-{digest}"
    with exclusive(folder.with_suffix(".lock")):
        if not (folder / "ready").is_file():
            remove(folder)
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
            pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
            options = ["install", "--no-input", "--disable-pip-version-check", "--quiet"]
            done = subprocess.run([*pip, *options, *packages], capture_output=True, text=True)
            if done.returncode:
                pytest.skip(f"{name} cannot be installed: {done.stderr.strip().splitlines()[-1:]}")
            (folder / "ready").touch()
    return folder / "bin"
