"""Fixtures of all tests."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.support.tiny_model import make_tiny_model
from tests.support.tiny_study import prepare_folder, snakemake
from tests.support.training_runs import start_forks


@pytest.fixture(scope="session")
def forks():
    """Where training processes are forked from."""
    return start_forks()


@pytest.fixture(scope="session")
def tiny_study(tmp_path_factory) -> Path:
    """The folder of a finished tiny study."""
    folder = prepare_folder(tmp_path_factory.mktemp("study") / "first")
    snakemake(folder, "--cores", "2", "all")
    return folder


@pytest.fixture(scope="session")
def corpora(tmp_path_factory) -> dict[str, list]:
    """A corpus of each language, made up."""
    from tests.support.grafting import write_corpora

    return write_corpora(tmp_path_factory.mktemp("corpora"))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory) -> Path:
    """The folder of a saved tiny model."""
    folder = tmp_path_factory.mktemp("tiny") / "model"
    make_tiny_model(folder)
    return folder


@pytest.fixture(scope="session")
def grafted(tmp_path_factory) -> tuple[Path, Path]:
    """A base without weights and its extended tokenizer."""
    from tests.support.grafting import chinese_lines, extend, write_base, write_texts

    folder = tmp_path_factory.mktemp("grafted")
    base = write_base(folder / "base")
    texts = {"zh": [write_texts(folder / "text_zh.parquet", chinese_lines())]}
    return base, extend(base, folder / "tokenizer", {"zh": 50}, texts)


@pytest.fixture
def make_base(grafted, tmp_path) -> Callable[..., Path]:
    """A function that gives the base weights; its arguments are `make_model`'s."""
    from tests.support.growing import make_model

    return partial(make_model, grafted[0], tmp_path / "base")


@pytest.fixture
def auxiliary(grafted, tmp_path) -> Path:
    """Random auxiliary vectors of half of the extended tokenizer's tokens."""
    from tests.support.growing import make_vectors

    return make_vectors(tmp_path / "auxiliary.safetensors", grafted[1])
