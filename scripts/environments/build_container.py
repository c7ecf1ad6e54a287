"""Build the images of environments, for ``--sdm apptainer``.

In: names of environments, and ``envs/container.def`` with their locks. Out: an image each, at the
path that the rules name, and a line with it. An image that exists stays. It needs Apptainer, and
a network for the base image and the packages.

Example::

    python -m scripts.environments.build_container lingraft comet
"""

import argparse
import shlex
import shutil
import subprocess
from pathlib import Path

from scripts.common.command import make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import ROOT, atomic_path
from scripts.environments.containers import MAIN, RECIPE, image_lock, image_names, image_path
from scripts.environments.create_environment import alone
from scripts.environments.locks import TORCH


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = make_parser("environments.build_container", __doc__)
    known = ", ".join(image_names())
    options.add_argument("names", nargs="*", default=[MAIN], help=f"of {known}; left out: {MAIN}")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Build the images; see the module's docstring."""
    for name in arguments.names:
        image = image_path(name)
        with alone(image):
            if not image.is_file():
                build(name, image)
        print(f"{name}: {image}")


def build_command(name: str, image: Path) -> list[str]:
    """Return what builds an image, in the repository's folder."""
    files = {"LOCK": image_lock(name), "TORCH": TORCH}
    words = [f"{key}={path.relative_to(ROOT)}" for key, path in files.items()]
    options = [option for word in words for option in ("--build-arg", word)]
    return ["apptainer", "build", *options, str(image), str(RECIPE.relative_to(ROOT))]


def build(name: str, image: Path) -> None:
    """Build an image, complete or not at all.

    Raises:
        InputError: if Apptainer is not here, or fails.
    """
    if shutil.which("apptainer") is None:
        command = shlex.join(build_command(name, image))
        raise InputError(f"apptainer: not found; where it is, run `{command}` in {ROOT}")
    with atomic_path(image) as partial:
        done = subprocess.run(build_command(name, partial), cwd=ROOT)
        if done.returncode or not partial.is_file():
            raise InputError(f"{RECIPE.relative_to(ROOT)}: apptainer could not build {name}")


if __name__ == "__main__":
    run(main, parser())
