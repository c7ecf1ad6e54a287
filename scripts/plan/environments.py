"""What the rules ask of the environments beside the main one: which file, which Python."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.common.escapes import error_line
from scripts.environments.containers import image_path
from scripts.environments.locks import (
    READY,
    cache_folder,
    environment_folder,
    environment_names,
    lock_of,
)
from scripts.plan.machine import Machine


def nearby(path: Path) -> str:
    """Return a path as it is written from here: a study that moves with its cache stays done."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def ready_pattern() -> str:
    """Return the file that an environment ends with, with its folder's name as a wildcard."""
    return f"{nearby(cache_folder())}/{{environment}}/{READY}"


def locks() -> dict[str, str]:
    """Return the lock of every environment by the name of its folder."""
    return {environment_folder(name).name: str(lock_of(name)) for name in environment_names()}


def image(name: str) -> str:
    """Return the container of an environment, which counts with ``--sdm apptainer``."""
    return str(image_path(name))


def check_images(jobs: Iterable[Any]) -> None:
    """End the process with one line where a job's container has not been built.

    Args:
        jobs: of a workflow; a job has a container where Snakemake is to use it.
    """
    for job in jobs:
        path = Path(job.container_img.path) if job.container_img else None
        if path and not path.is_file():
            name = path.stem.rpartition("-")[0]
            raise SystemExit(
                error_line(
                    f"{path}: no such container, expected what "
                    f"`python -m scripts.environments.build_container {name}` builds"
                )
            )


def ready_files(name: str, machine: Machine) -> list[str]:
    """Return the file that a rule waits for before it uses an environment; none with ``--sdm``."""
    return [] if machine.deploys else [f"{nearby(environment_folder(name))}/{READY}"]


def python_command(machine: Machine) -> str:
    """Return the Python of a job's environment, as a shell command of its rule has it."""
    return "python" if machine.deploys else '"$(dirname {input.environment:q})/bin/python"'
