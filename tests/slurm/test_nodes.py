"""Two nodes, a process each, through srun and torchrun: the losses are those of one process."""

import os
import signal

import pytest

from scripts.common.files import read_jsonl
from tests.support.slurm_runs import train_here

RUN = {"engine": "deepspeed", "zero": 2, "nodes": 2}


def losses(model):
    return [line["loss"] for line in read_jsonl(model / "train_log.jsonl")]


def test_two_nodes_train_as_one_process_does(start, prepared, tmp_path):
    flow = start("short", run=RUN)
    one = train_here(prepared, tmp_path / "one", "short")
    flow.finish()
    two = flow.trained("short")
    assert flow.submitted == 1
    assert losses(two) == pytest.approx(losses(one), rel=1e-5)
    log = (flow.folder / "results/logs/train_model/short.log").read_text().splitlines()
    assert sum(f"Slurm job {flow.numbers[0]}: " in line for line in log[:4]) == 2


def test_two_nodes_that_are_warned_give_their_job_back_together(start):
    flow = start("long", run=RUN)
    number = flow.until_training()
    for process in flow.training_processes():
        os.kill(process, signal.SIGUSR1)
    flow.until(lambda: flow.starts(number) == 2, "a second start of the same job")
    flow.until_resumed()
    assert flow.numbers == [number]
