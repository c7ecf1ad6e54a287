"""What ends a stage early: a cluster's warning, a non-finite loss, a full disk."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.common.files import ROOT
from scripts.train.signals import AGAIN
from tests.support.training_runs import Run, checkpoints, fingerprint, stage_options

STAGE = "x-tiny-zh"


@pytest.fixture(scope="module")
def options(tiny_study) -> list[str]:
    """train_model's options for the stage, with no checkpoint unless one is asked for."""
    return [*stage_options(tiny_study, STAGE), "--checkpoint-seconds", "1000"]


@pytest.fixture(scope="module")
def whole(forks, options, tmp_path_factory) -> tuple[str, str]:
    """What the uninterrupted stage ends with."""
    return fingerprint(Run(forks, options, tmp_path_factory.mktemp("whole")).finish())


def wait_for_step(folder: Path, alive) -> None:
    """Wait until the first step's line is in the log."""
    while not any(path.stat().st_size for path in folder.glob("checkpoints/*/train_log.jsonl")):
        assert alive(), (folder / "printed.txt").read_text()
        time.sleep(0.0005)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_warning_costs_nothing(forks, options, whole, tmp_path, number):
    run = Run(forks, options, tmp_path)
    wait_for_step(tmp_path, lambda: run.alive)
    os.kill(run.processes[0].pid, number)
    assert run.wait() == [AGAIN]
    assert len(checkpoints(tmp_path)) == 1
    assert fingerprint(Run(forks, options, tmp_path).finish()) == whole


def test_a_warning_to_one_process_stops_all(forks, options, tmp_path):
    run = Run(forks, [*options, "--engine", "ddp"], tmp_path, size=2)
    wait_for_step(tmp_path, lambda: run.alive)
    os.kill(run.processes[1].pid, signal.SIGUSR1)
    assert run.wait() == [AGAIN, AGAIN]
    assert len(checkpoints(tmp_path)) == 1


def test_the_launcher_passes_warnings_on_and_answers_with_their_status(options, tmp_path):
    outputs = ["--checkpoints", str(tmp_path / "checkpoints"), "--output", str(tmp_path / "model")]
    command = [sys.executable, "-m", "scripts.train.launch", "--devices", "2", "--"]
    command += ["scripts.train.train_model", *options, *outputs, "--engine", "ddp"]
    command += ["--devices", "2"]
    printed = tmp_path / "printed.txt"
    with printed.open("w") as stream:
        process = subprocess.Popen(command, cwd=ROOT, stdout=stream, stderr=stream)
    wait_for_step(tmp_path, lambda: process.poll() is None)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == AGAIN, printed.read_text()
    assert len(checkpoints(tmp_path)) == 1
    assert "Traceback" not in printed.read_text()


def test_a_diverging_loss_names_step_and_records_once(forks, options, tmp_path):
    diverging = [*options, "--learning-rate", "1e9", "--clip", "1e9", "--checkpoint-seconds", "0"]
    run = Run(forks, diverging, tmp_path)
    assert run.wait() == [1]
    (line,) = run.printed.read_text().splitlines()
    assert (line.startswith("error: step ") and "_en:" in line) or "_zh:" in line
    kept = checkpoints(tmp_path)
    assert kept
    again = Run(forks, [*diverging, "--attempt", "2"], tmp_path)
    assert again.wait() == [1]
    assert run.printed.read_text().splitlines() == [line, line]
    assert checkpoints(tmp_path) == kept


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of 3 MiB, and a function that gives it another size."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(*options: str) -> int:
        command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
        return subprocess.run(command, capture_output=True).returncode

    if os.geteuid() or mount("size=3m"):
        pytest.skip("mounting a small file system needs root")
    yield folder, mount
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_leaves_the_last_checkpoint(forks, options, whole, tmp_path, small_disk):
    folder, mount = small_disk
    target = tmp_path / "run"
    target.mkdir()
    (target / "checkpoints").symlink_to(folder)
    often = [*options, "--checkpoint-seconds", "0"]
    run = Run(forks, often, target)
    assert run.wait() == [1], run.printed.read_text()
    (line,) = run.printed.read_text().splitlines()
    assert "no space left while saving checkpoint-" in line and "is intact" in line
    assert checkpoints(target)
    assert not list(folder.glob("*/.checkpoint-*"))
    mount("remount", "size=50m")
    assert fingerprint(Run(forks, often, target).finish()) == whole
