"""Whatever ends a job from outside, its stage continues behind its checkpoint in the next one."""

import os
import shutil
import signal
import time

import pytest

from scripts.common.files import read_json
from tests.support.damage import flip_byte
from tests.support.slurm_runs import OUT_OF_MEMORY


def test_a_stage_is_trained_by_one_job_with_the_threads_that_the_site_gives(start):
    flow = start("short", site={"resources": {"train_model": {"mem_mb": 1500, "threads": 2}}})
    flow.finish()
    assert flow.trained("short") and flow.submitted == 1
    command = read_json(flow.folder / "results/models/short.meta.json")["command"]
    assert command[command.index("--threads") + 1] == "2"


def test_a_job_without_memory_is_started_again_with_more(start):
    flow = start("short", site={"resources": {"train_model": {"mem_mb": OUT_OF_MEMORY}}})
    flow.finish()
    assert flow.trained("short") and flow.submitted > 1
    # The kernel's word, or Slurm's own.
    assert "oom-kill" in flow.failed_logs() or "memory limit" in flow.failed_logs()


def test_a_killed_process_costs_the_steps_since_the_last_checkpoint(start):
    flow = start("long")
    flow.until_training()
    for process in flow.training_processes():
        os.kill(process, signal.SIGKILL)
    flow.until(lambda: flow.submitted == 2, "a second job")
    flow.until_resumed()
    flow.finish()
    assert flow.trained("long") and flow.submitted == 2


def test_a_job_that_somebody_cancels_is_started_again(start, lab):
    flow = start("long")
    lab.ask("scancel", flow.until_training())
    flow.until(lambda: flow.submitted == 2, "a second job")
    flow.until_resumed()


def test_a_node_that_fails_is_left_for_another_by_the_same_job(start, lab):
    flow = start("long")
    number = flow.until_training()
    node = lab.ask("squeue", "-h", "-j", number, "-o", "%N").strip()
    lab.ask("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")
    try:
        flow.until_resumed()
        assert lab.ask("squeue", "-h", "-j", number, "-o", "%N").strip() in {*lab.nodes} - {node}
        assert flow.submitted == 1
    finally:
        lab.ask("scontrol", "update", f"NodeName={node}", "State=RESUME")


def test_a_controller_that_is_started_again_disturbs_no_job(start, lab):
    flow = start("long")
    flow.until_training()
    lab.stop_daemon("slurmctld")
    time.sleep(5)
    lab.start_controller()
    flow.finish()
    assert flow.trained("long") and flow.submitted == 1


def test_a_job_that_hangs_is_ended_at_its_limit_and_started_again(start):
    flow = start("long", site={"resources": {"train_model": {"mem_mb": 1500, "runtime": 1}}})
    flow.until_training()
    for process in flow.training_processes():
        os.kill(process, signal.SIGSTOP)
    flow.until(lambda: flow.submitted == 2, "a second job")
    assert "TIMEOUT" in flow.output
    flow.until_resumed()


@pytest.mark.parametrize("reason", ["disk", "loss"])
def test_a_stage_that_fails_for_good_is_submitted_once(start, lab, reason):
    flow = start("long", **{"disk": {"disk": 2}, "loss": {"rate": 1e9}}[reason])
    assert flow.wait() != 0
    words = {"disk": "no space left", "loss": "the gradient norm is nan"}
    assert words[reason] in flow.output and flow.submitted == 1, flow.tell()


def test_answers_that_fail_for_good_are_submitted_once(start, prepared, tmp_path):
    weights = "results/models/base/model.safetensors"
    folder = tmp_path / "study"
    shutil.copytree(prepared, folder, symlinks=True)
    flip_byte(folder / weights)
    flow = start("results/predictions/base/prose_en.jsonl")
    assert flow.wait() != 0
    assert f"{weights}: damaged, or changed by hand" in flow.output, flow.tell()
    assert flow.submitted == 1 and "is submitted again" not in flow.output, flow.tell()
