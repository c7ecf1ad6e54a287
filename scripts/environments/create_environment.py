"""Create the virtual environment of a lock, once.

In: a lock (``envs/<name>.txt``: pinned packages with hashes) and, beside it, ``torch.txt``: torch's
builds differ by machine, so its pin has no hash. Out: a folder with a virtual environment of the
Python that runs this, and a small JSON file in it that names the lock. Processes that ask for the
same folder wait for each other; a partial environment is rebuilt. The packages come from where the
user's pip takes them; large files that other environments have too are hard links to theirs.

Example::

    python -m scripts.environments.create_environment --lock envs/comet.txt \\
        --output .cache/environments/comet-0123456789ab/environment.json
"""

import argparse
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import exclusive, remove, sha256, write_json
from scripts.common.folders import check_replaceable
from scripts.environments.locks import TORCH, cache_folder, python_tag
from scripts.environments.share_files import share_files

# Inside the folder and not the output: a workflow deletes the outputs of a job before it runs the
# job again, and the environment may be in use by then.
DONE = ".done"


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = make_parser("environments.create_environment", __doc__)
    options.add_argument("--lock", type=Path, required=True, help="pinned requirements")
    options.add_argument(
        "--output", type=Path, required=True, help="JSON, in the environment's folder"
    )
    return options


def main(arguments: argparse.Namespace) -> None:
    """Create the environment; see the module's docstring."""
    lock, folder = arguments.lock, arguments.output.parent
    if not lock.is_file():
        raise InputError(f"{lock}: no such file, expected an environment's lock")
    facts = {"lock": lock.name, "sha256": sha256(lock), "python": python_tag()}
    with alone(folder):
        create(lock, folder)
        # Under the lock: the next process would write to the same place.
        write_json(arguments.output, facts)


def alone(folder: Path) -> AbstractContextManager[None]:
    """Hold the lock of an environment's folder: who asks for the same waits."""
    return exclusive(folder.with_name(f"{folder.name}.lock"))


def create(lock: Path, folder: Path) -> None:
    """Make `folder` the environment of `lock`, unless it is that already."""
    if (folder / DONE).is_file():
        log.info("%s: exists already", folder)
        return
    if folder.absolute().parent != cache_folder().absolute():
        check_replaceable(folder)  # a person named it
    remove(folder)  # a killed process left a part
    install(lock, folder)
    others = [done.parent for done in folder.parent.glob(f"*/{DONE}")]
    saved = share_files(folder, [Path(sys.prefix), *others])
    log.info("%s: shares %d MB of files with other environments", folder, saved // 10**6)
    (folder / DONE).touch()


def install(lock: Path, folder: Path) -> None:
    """Make a virtual environment and install the lock's packages and torch.

    Raises `InputError` where pip fails, or a package is not the one that was locked.
    """
    venv = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    call(venv, f"{folder}: no virtual environment")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install"]
    pip += ["--no-input", "--disable-pip-version-check", "--quiet", "--progress-bar", "off"]
    # Compiling all of it takes as long as installing it, and little of it is ever imported.
    pip += ["--no-compile", "--requirement"]
    call([*pip, str(lock), "--no-deps", "--require-hashes"], f"{lock}: pip could not install it")
    torch = lock.with_name(TORCH.name)
    if torch.is_file():  # its own requirements are in the lock, and installed by now
        call([*pip, str(torch)], f"{torch}: pip could not install it")


def call(command: list[str], problem: str) -> None:
    """Run a command, its output in the log; `InputError` with its last error if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.stdout.strip():
        log.info("%s", done.stdout.strip())
    if done.returncode:
        lines = done.stdout.strip().splitlines() or ["no reason given"]
        errors = [line for line in lines if line.lower().startswith("error")]
        raise InputError(f"{problem}: {(errors or lines)[-1]}")


if __name__ == "__main__":
    run(main, parser())
