"""Write ``envs/*.yaml``, the conda form of ``requirements.txt`` and of every ``envs/*.txt``.

In: the locks and the pin of torch. Out: conda environments. `make lock` calls it. Snakemake copies
an environment file before it builds the environment, so the file cannot point to the lock beside
it and holds the lock's pins instead; without hashes, because pip wants one of every package or of
none, and torch's differs by machine.

Example::

    python -m scripts.environments.write_environment
"""

import argparse
from pathlib import Path

from scripts.common.command import make_parser, run
from scripts.common.files import ROOT, write_text
from scripts.environments.locks import ENVS, TORCH, environment_names, lock_of

SCRIPTS = {
    "gguf": "export_gguf",
    "vllm": "answer_benchmarks",
}  # what runs in an environment, where it is no metric's
HEAD = """\
# {title}, for `snakemake all --sdm conda`.
# Written by `make lock` from {lock}; without --sdm conda, {otherwise}.
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.11
  - pip
  - pip:
"""


def environment(lock: str) -> str:
    """Return the pins of a lock and of torch as the items of an environment file's list."""
    lines = TORCH.read_text(encoding="utf-8").splitlines() + lock.splitlines()
    pins = [line.removesuffix("\\").strip() for line in lines if line[:1].isalnum()]
    return "".join(f"      - {pin}\n" for pin in sorted(pins))


def write_environment(name: str, lock: Path, title: str, otherwise: str) -> None:
    """Write ``envs/<name>.yaml`` for a lock."""
    head = HEAD.format(title=title, lock=lock.relative_to(ROOT), otherwise=otherwise)
    write_text(ENVS / f"{name}.yaml", head + environment(lock.read_text(encoding="utf-8")))


def main(_: argparse.Namespace) -> None:
    """Write every file."""
    write_environment(
        "lingraft",
        ROOT / "requirements.txt",
        "The environment of all rules that name no other",
        "they run in the Python that runs Snakemake",
    )
    for name in environment_names():
        write_environment(
            name,
            lock_of(name),
            f"The environment of {SCRIPTS.get(name, f'score_{name}')}",
            "the lock becomes a virtual environment",
        )


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    return make_parser("environments.write_environment", __doc__)


if __name__ == "__main__":
    run(main, parser())
