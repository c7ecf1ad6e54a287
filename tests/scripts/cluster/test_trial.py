"""What Slurm would refuse is told with its own words; no answer is no refusal."""

import subprocess

import pytest

from scripts.cluster import trial
from scripts.cluster.requests import Request

REQUEST = Request("train_model", "gpu", 60, 4000, 2, account="mine", qos="high", constraint="a&b")
ASKED = (
    "--partition=gpu --account=mine --qos=high --constraint=a&b --time=60 --mem=4000 "
    "--cpus-per-task=2 --nodes=1"
)


@pytest.fixture
def sbatch(tmp_path, monkeypatch):
    """A function that puts an sbatch of these lines into the path."""

    def put(*lines: str) -> None:
        program = tmp_path / "sbatch"
        program.write_text("\n".join(["#!/bin/sh", f'echo "$*" > {tmp_path}/asked', *lines]))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    return put


def test_what_slurm_takes_is_not_refused(sbatch, tmp_path):
    sbatch("exit 0")
    assert trial.refused_by_slurm(REQUEST) is None
    assert (tmp_path / "asked").read_text().strip() == f"--test-only --wrap true {ASKED}"


@pytest.mark.parametrize("prefix", ["", "sbatch: error: ", "allocation failure: "])
def test_its_reason_is_told(sbatch, prefix):
    sbatch(f"echo '{prefix}Invalid account' >&2", "exit 1")
    told = trial.refused_by_slurm(REQUEST)
    assert told == (
        f"train_model: Slurm would refuse it: Invalid account (asked with `{ASKED}`); "
        "slurm/site.yaml: account, qos, constraint, partitions"
    )


def test_no_answer_is_no_refusal(sbatch, monkeypatch):
    sbatch("exit 1")

    def wait(*words, **options):
        raise subprocess.TimeoutExpired("sbatch", 30)

    monkeypatch.setattr(trial.subprocess, "run", wait)
    assert trial.refused_by_slurm(REQUEST) is None


def test_no_sbatch_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "sbatch: not found" in trial.refused_by_slurm(REQUEST)
