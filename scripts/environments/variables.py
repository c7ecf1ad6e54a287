"""The environment variables that a workflow sets for the scripts it starts."""

import os
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path


def prepare(root: Path) -> None:
    """Let `python -m scripts.…` find this checkout and this Python, from any folder."""
    prepend("PYTHONPATH", str(root))
    prepend("PATH", str(Path(sys.executable).parent))
    # Progress is shown by the scripts' own bars.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    # Without a GPU, DeepSpeed (imported when a model is saved) would warn that it takes the CPU.
    if not shutil.which("nvidia-smi"):
        os.environ.setdefault("DS_ACCELERATOR", "cpu")
    # One thread a tokenizer: jobs run beside each other, and forking after threads is unsafe.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def prepend(name: str, path: str) -> None:
    """Put a folder first in a list of folders, once."""
    folders = [folder for folder in os.environ.get(name, "").split(os.pathsep) if folder]
    if path not in folders[:1]:
        os.environ[name] = os.pathsep.join([path, *folders])


def is_dry_run(options: Sequence[str]) -> bool:
    """Return whether Snakemake's options ask for a plan alone; the rules are not told."""
    return any(re.fullmatch(r"--dry-?run|-[A-Za-z]*n[A-Za-z]*", option) for option in options)
