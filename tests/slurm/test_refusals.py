"""What no node can grant is told within a minute, and nothing is submitted."""

import fcntl
import shutil

import pytest

from scripts.common.run_lock import LOCK

REFUSED = {
    "partition": (
        {"site": {"partitions": {"cpu": "cpus"}}},
        "error: train_model: no partition 'cpus'; slurm/site.yaml: partitions; did you mean 'cpu'",
    ),
    "gpus": (
        {"run": {"device": "cuda", "engine": "ddp", "devices": 4, "micro_batch": 1}},
        "error: train_model: asks for 4 GPUs on one node",
    ),
    "constraint": (  # of several features, of which sinfo cannot tell
        {"site": {"constraint": "ib&nvme"}},
        "error: train_model: Slurm would refuse it: Invalid feature specification (asked with `",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_told_with_the_key_to_change(start, what):
    settings, line = REFUSED[what]
    flow = start("short", **settings)
    assert flow.wait(60) != 0
    assert line in flow.output and "slurm/site.yaml" in flow.output, flow.output
    assert flow.submitted == 0 and not flow.jobs


def test_a_dry_run_tells_it_too(start):
    flow = start("short", options=("-n",), **REFUSED["constraint"][0])
    assert flow.wait(60) != 0
    assert REFUSED["constraint"][1] in flow.output, flow.output


def test_a_dry_run_tells_the_plan_and_submits_nothing(start):
    flow = start("short", options=("-n",))
    assert flow.wait(60) == 0, flow.output
    assert "plan of " in flow.output and " in 1 submission, " in flow.output, flow.output
    assert flow.submitted == 0 and not flow.jobs


def test_a_run_beside_one_that_is_alive_is_refused_and_cancels_nothing(start, prepared, tmp_path):
    shutil.copytree(prepared, tmp_path / "study", symlinks=True)
    with (tmp_path / "study" / LOCK).open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        flow = start("short")
        assert flow.wait(60) != 0
    assert flow.output.splitlines()[-1].startswith("error: results: another run is at work on it")
    assert "Traceback" not in flow.output and flow.submitted == 0
