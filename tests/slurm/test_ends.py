"""However Snakemake ends, no job is left behind, or made a second time."""

import os
import signal
import subprocess
import time

import pytest

from tests.support.slurm_runs import snakemake_command


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_end_that_is_asked_for_leaves_no_job(start, number):
    flow = start("long")
    flow.until_training()
    os.kill(flow.process.pid, number)
    if number == signal.SIGINT:  # who is impatient presses it twice
        time.sleep(0.3)
        os.kill(flow.process.pid, number)
    assert flow.wait(60) != 0
    assert "Traceback" not in flow.output
    flow.until(lambda: not flow.jobs, "an empty queue", 30)
    assert not flow.training_processes()


def test_a_run_that_was_killed_is_continued_without_its_old_jobs(start):
    flow = start("long")
    old = flow.until_training()
    os.kill(flow.process.pid, signal.SIGKILL)
    flow.process.wait()
    assert flow.jobs == [old]
    unlock = snakemake_command("--unlock", *flow.targets)
    subprocess.run(unlock, cwd=flow.folder, check=True, capture_output=True)
    flow.start()
    flow.until(lambda: f"cancelled: 1 job ({old}) of a run" in flow.output, "the old job's end")
    flow.until_resumed()
    assert old not in flow.jobs and len(flow.jobs) == 1
