"""A Slurm for all tests of this folder, and studies whose stages need nothing but training."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.common.files import exclusive
from tests.conftest import shared_folder
from tests.support.slurm_lab import Lab, find_obstacle, start_lab
from tests.support.slurm_runs import Flow, prepare_study
from tests.support.tiny_study import prepare_folder, snakemake

# Tests that take minutes whatever the machine.
LONGEST = ("tiny_study_has_the_bytes", "longer_than_its_limit", "shard_that_is_killed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests, one on each of three workers, which share the tests evenly."""
    first = [item for item in items if any(name in item.name for name in LONGEST)]
    others = [item for item in items if item not in first]
    for number, item in enumerate(first):
        others.insert(number * len(items) // len(LONGEST), item)
    items[:] = others


@pytest.fixture(scope="session")
def fetched(tmp_path_factory) -> Path:
    """The tiny study's folder with its raw files: there is no network where a Slurm runs."""
    obstacle = find_obstacle()
    if obstacle:
        pytest.skip(obstacle)
    folder = shared_folder(tmp_path_factory) / "slurm-tiny"
    with exclusive(folder.with_suffix(".lock")):
        if not (folder / "ready").is_file():
            snakemake(prepare_folder(folder), "--cores", "2", "--until", "download", "--", "all")
            (folder / "ready").touch()
    return folder


@pytest.fixture(scope="session")
def lab(fetched) -> Iterator[Lab]:
    """A running Slurm of two nodes with two GPUs each."""
    try:
        with start_lab() as running:
            yield running
    except LookupError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def prepared(lab, tmp_path_factory) -> Path:
    """The folder of a study whose stages can begin: base, corpora and packed rows are there."""
    folder = shared_folder(tmp_path_factory) / "slurm-study"
    with exclusive(folder.with_suffix(".lock")):
        if not (folder / "ready").is_file():
            prepare_study(folder)
            (folder / "ready").touch()
    return folder


@pytest.fixture
def start(lab, prepared, tmp_path) -> Iterator[Callable[..., Flow]]:
    """A function that runs Snakemake on a copy of the study; its arguments are `Flow`'s."""
    flows = []

    def begin(*targets: str, name: str = "study", **settings) -> Flow:
        flows.append(Flow(lab, prepared, tmp_path / name, targets, **settings))
        return flows[-1]

    yield begin
    for flow in flows:
        flow.close()
