"""Fixtures of all tests."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest

from scripts.common.files import exclusive, remove
from tests.support.tiny_model import make_tiny_model
from tests.support.tiny_study import prepare_folder, snakemake, turn
from tests.support.training_runs import start_forks

# Files whose tests take turns at something: two fetch the same raw files and one removes them, two
# fetch the same wheel, and of two downloads of one file the later one ends the earlier one.
TAKE_TURNS = {
    "test_public_benchmarks.py": "raw",
    "test_paper_tables.py": "raw",
    "test_base_model.py": "wheel",
    "test_published_bytes.py": "wheel",
}

# A shell lets what it runs in the background ignore Ctrl-C, and so would the commands of tests.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No test asks the Hugging Face hub; those of it serve their own (`tests.support.hub`).
os.environ["HF_HUB_OFFLINE"] = "1"

# Folders of tests that take longer than others: the last ones to run should be short.
LONGEST = {"dag", "docs", "train"}
WHOLE = {"chaos", "end_to_end"}  # of whole studies


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; each goes to one worker (``--dist=loadfile``)."""
    items.sort(key=lambda item: not LONGEST.isdisjoint(item.path.parts), reverse=True)
    items.sort(key=lambda item: WHOLE.isdisjoint(item.path.parts))


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the temporary folder that all workers of a run share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="module", autouse=True)
def take_turns(request, tmp_path_factory) -> Iterator[None]:
    """Let the files of `TAKE_TURNS` run one after the other, whatever the number of workers."""
    thing = TAKE_TURNS.get(request.path.name)
    with exclusive(shared_folder(tmp_path_factory) / f"{thing}.turns") if thing else nullcontext():
        yield


@pytest.fixture(scope="session")
def forks():
    """Where training processes are forked from."""
    return start_forks()


@pytest.fixture(scope="session")
def tiny_study(tmp_path_factory) -> Path:
    """The folder of a finished tiny study, which all workers share."""
    folder = shared_folder(tmp_path_factory)
    with exclusive(folder / "tiny.lock"):
        if not (folder / "tiny/results/report.html").is_file():
            snakemake(prepare_folder(folder / "tiny"), "--cores", "2", "all")
            made = [path for path in (folder / "tiny/results").rglob("*") if path.is_file()]
            (folder / "tiny.made").write_text("\n".join(map(str, made)))
    return folder / "tiny"


@pytest.fixture(scope="session")
def undisturbed_study(tiny_study, tmp_path_factory) -> Path:
    """A copy of the tiny study without what other tests have asked for beside `all`."""
    made = set(tiny_study.with_name("tiny.made").read_text().splitlines())
    folder = tmp_path_factory.mktemp("undisturbed") / "tiny"
    with turn(tiny_study):
        subprocess.run(["cp", "-a", str(tiny_study), str(folder)], check=True)
        present = [path for path in (tiny_study / "results").rglob("*") if path.is_file()]
    for path in present:
        if str(path) not in made:
            remove(folder / path.relative_to(tiny_study))
    return folder


@pytest.fixture(scope="session")
def corpora(tmp_path_factory) -> dict[str, list]:
    """A corpus of each language, made up."""
    from tests.support.extended_tokenizers import write_corpora

    return write_corpora(tmp_path_factory.mktemp("corpora"))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory) -> Path:
    """The folder of a saved tiny model."""
    folder = tmp_path_factory.mktemp("tiny") / "model"
    make_tiny_model(folder)
    return folder


@pytest.fixture(scope="session")
def bare_base(tmp_path_factory) -> Path:
    """The folder of a byte-level BPE base, without weights."""
    from tests.support.extended_tokenizers import write_base

    return write_base(tmp_path_factory.mktemp("bare") / "base")


@pytest.fixture(scope="session")
def extended_tokenizer(bare_base, tmp_path_factory) -> Path:
    """The folder of that base's tokenizer with 50 Chinese tokens."""
    from tests.support.extended_tokenizers import chinese_lines, extend, write_texts

    folder = tmp_path_factory.mktemp("extended")
    texts = {"zh": [write_texts(folder / "text_zh.parquet", chinese_lines())]}
    return extend(bare_base, folder / "tokenizer", {"zh": 50}, texts)


@pytest.fixture
def make_base(bare_base, tmp_path) -> Callable[..., Path]:
    """A function that gives the base weights; its arguments are `make_model`'s."""
    from tests.support.extended_models import make_model

    return partial(make_model, bare_base, tmp_path / "base")


@pytest.fixture
def auxiliary(extended_tokenizer, tmp_path) -> Path:
    """Random auxiliary vectors of half of the extended tokenizer's tokens."""
    from tests.support.extended_models import make_vectors

    return make_vectors(tmp_path / "auxiliary.safetensors", extended_tokenizer)
