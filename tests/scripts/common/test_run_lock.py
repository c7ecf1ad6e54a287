"""Runs that are at work on one `results/`, wherever a link to it lies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.common import run_lock
from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.common.run_lock import LOCK, is_at_work, join_runs, run_alone

HOLD = "from scripts.common.run_lock import {0}; {0}(); print('held', flush=True); input()"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder whose `results/` is that of another one, in which the other runs are started."""
    (tmp_path / "first" / "results").mkdir(parents=True)
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "results").symlink_to(tmp_path / "first" / "results")
    monkeypatch.chdir(tmp_path / "second")
    monkeypatch.setattr(run_lock, "held", [])
    yield tmp_path / "first"
    for stream in run_lock.held:
        stream.close()


@pytest.fixture
def begin(folder):
    """A function that lets another process be a run; it is killed in the end."""
    runs = []

    def start(how: str) -> subprocess.Popen:
        command = [sys.executable, "-c", HOLD.format(how)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        path = os.environ | {"PYTHONPATH": str(ROOT)}
        runs.append(subprocess.Popen(command, cwd=folder, env=path, text=True, **pipes))
        assert runs[-1].stdout.readline() == "held\n"
        return runs[-1]

    yield start
    for run in runs:
        run.kill()
        run.communicate()


def test_a_run_is_refused_beside_one_that_is_alone_and_told_where_that_is(begin, folder):
    other = begin("run_alone")
    place = f"process {other.pid} on {os.uname().nodename} in {folder}"
    with pytest.raises(InputError, match=rf"^results: another run is at work on it \({place}\)"):
        run_alone()
    assert is_at_work()


def test_one_that_is_to_be_alone_is_refused_beside_any_and_names_no_earlier_one(begin):
    run_alone()
    run_lock.held.pop().close()
    begin("join_runs")
    with pytest.raises(InputError, match="another run is at work on it; wait"):
        run_alone()
    assert is_at_work()
    join_runs()  # these may be several


def test_a_run_that_was_killed_holds_nothing(begin):
    other = begin("run_alone")
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert not is_at_work()
    run_alone()


def test_a_run_that_need_not_be_alone_begins_beside_one_that_is(begin):
    begin("run_alone")
    join_runs()
    assert run_lock.held == []


def test_another_users_lock_file_can_be_locked(monkeypatch):
    LOCK.write_text("their words")
    usual = Path.open

    def refuse(path: Path, mode: str = "r", **options: str):
        if "a" in mode:
            raise PermissionError(13, "Permission denied", str(path))
        return usual(path, mode, **options)

    monkeypatch.setattr(Path, "open", refuse)  # root may write all files
    run_alone()
    assert LOCK.read_text() == "their words" and len(run_lock.held) == 1
    other = subprocess.run(
        [sys.executable, "-c", "from scripts.common.run_lock import run_alone; run_alone()"],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert "another run is at work" in other.stderr


def test_without_a_lock_file_nobody_is_at_work_and_none_is_made():
    assert not is_at_work() and not LOCK.exists()


def test_where_the_file_system_has_no_locks_all_may_begin(monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(run_lock.fcntl, "flock", refuse)
    run_alone()
    join_runs()
    assert not is_at_work() and Path(LOCK).is_file()
