"""Rows are read from scratch where they fit and arrive whole, else from where they are, said so."""

import logging
import shutil
from types import SimpleNamespace

import pytest
import torch

from scripts.common.files import sha256
from scripts.train.processes import Processes
from scripts.train.rows_on_scratch import take_rows

ALONE = Processes(0, 1, torch.device("cpu"))


@pytest.fixture
def rows(tmp_path, caplog):
    """Rows, and the variables of a job that has a scratch."""
    caplog.set_level(logging.INFO, "lingraft")
    path = tmp_path / "packed" / "rows.arrow"
    path.parent.mkdir()
    path.write_bytes(b"rows" * 1000)
    (tmp_path / "scratch").mkdir()
    scratch = {"LINGRAFT_SCRATCH": str(tmp_path / "scratch"), "LINGRAFT_ROWS_ON_SCRATCH": "1"}
    return SimpleNamespace(path=path, digest=sha256(path), scratch=scratch)


def test_they_are_copied_and_said_to_be(rows, tmp_path, caplog):
    found = take_rows(rows.path, rows.digest, ALONE, rows.scratch)
    assert found == tmp_path / "scratch" / "rows.arrow"
    assert found.read_bytes() == rows.path.read_bytes()
    assert f"rows are read from {found}" in caplog.text


@pytest.mark.parametrize("change", [{"LINGRAFT_ROWS_ON_SCRATCH": "0"}, None])
def test_nobody_asked(rows, change):
    environment = rows.scratch | change if change else {}
    assert take_rows(rows.path, rows.digest, ALONE, environment) == rows.path


def test_another_process_of_the_node_takes_the_first_ones(rows):
    second = rows.scratch | {"LOCAL_RANK": "1"}
    assert take_rows(rows.path, rows.digest, ALONE, second) == rows.path  # nobody has copied them
    copy = take_rows(rows.path, rows.digest, ALONE, rows.scratch)
    assert take_rows(rows.path, rows.digest, ALONE, second) == copy


def test_a_copy_that_does_not_fit_or_differs_is_not_used(rows, tmp_path, caplog, monkeypatch):
    assert take_rows(rows.path, "0" * 64, ALONE, rows.scratch) == rows.path
    assert f"rows are read from {rows.path}, not from scratch: the copy is not what" in caplog.text
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2**30))
    assert take_rows(rows.path, rows.digest, ALONE, rows.scratch) == rows.path
    assert "not from scratch: 1.0 GiB free for 0.0 GiB" in caplog.text
    assert not list((tmp_path / "scratch").iterdir())
