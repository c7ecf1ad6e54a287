"""The first lines of a training's log."""

import socket

import pytest
import torch

from scripts.train.describe_node import describe_node, describe_versions, read_driver

DRIVERS = {
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n"
    "GCC version:  gcc version 11.4.0\n": "550.54.15",
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  Release Build\n": (
        "570.86.10"
    ),
    "something else\n": "unknown",
}


@pytest.mark.parametrize("text", DRIVERS)
def test_the_driver_is_the_kernels_word(text, tmp_path):
    (tmp_path / "version").write_text(text)
    assert read_driver(tmp_path / "version") == DRIVERS[text]


def test_without_a_driver_it_is_unknown(tmp_path):
    assert read_driver(tmp_path / "none") == "unknown"


def test_a_node_has_its_job(monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "4242")
    text = describe_node(torch.device("cpu"))
    assert text.startswith(f"node {socket.gethostname()}, Slurm job 4242: ")
    assert text.endswith(" CPUs")


def test_versions_are_those_that_compute():
    assert f"torch {torch.__version__}" in describe_versions(torch.device("cpu"))
