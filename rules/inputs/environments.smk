"""Which Python the rules with an environment of their own run in."""

from snakemake.settings.types import DeploymentMethod

from scripts.environments.locks import (
    READY,
    cache_folder,
    environment_folder,
    environment_names,
    lock_of,
)

WITH_CONDA = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
FOLDERS_OF = {name: environment_folder(name) for name in environment_names()}
LOCKS = {folder.name: str(lock_of(name)) for name, folder in FOLDERS_OF.items()}


def nearby(path):
    """Return a path as it is written from here: a study that moves with its cache stays done."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


ENVIRONMENTS = nearby(cache_folder())


def environment_of(name):
    """Return the file that a rule waits for before it uses an environment, nothing with conda."""
    # What is in the environment is in its name; when it was made is no matter.
    return [] if WITH_CONDA else ancient(f"{nearby(FOLDERS_OF[name])}/{READY}")


def python_of(name):
    """Return the Python of an environment, as a rule's shell command has it."""
    if WITH_CONDA:
        return "python"
    path = shlex.quote(f"{nearby(FOLDERS_OF[name])}/bin/python")
    return path.replace("{", "{{").replace("}", "}}")
