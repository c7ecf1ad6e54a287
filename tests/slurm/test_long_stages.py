"""A stage that takes longer than its job may is one job that continues, to the same bytes."""

from tests.support.slurm_runs import train_here
from tests.support.training_runs import fingerprint


def test_a_stage_longer_than_its_limit_has_the_bytes_of_one_that_was_never_stopped(
    start, prepared, tmp_path
):
    site = {"resources": {"train_model": {"partition": "minute", "mem_mb": 1500}}}
    flow = start("slow", site=site)
    whole = train_here(prepared, tmp_path / "whole", "slow")
    assert flow.wait(900) == 0, flow.tell()
    assert flow.submitted == 1 and "Trying to restart" not in flow.output
    assert flow.starts(flow.numbers[0]) >= 2  # 3, were no machine faster
    assert fingerprint(flow.trained("slow")) == fingerprint(whole)


def test_a_stage_that_is_preempted_continues_when_there_is_room(start, lab):
    flow = start("long")
    number = flow.until_training()
    urgent = ["sbatch", "--parsable", "--partition=urgent", "--nodes=2", "--exclusive"]
    other = lab.ask(*urgent, "--output=/dev/null", "--wrap=sleep 5").strip()
    flow.until(lambda: lab.ask("squeue", "-h", "-j", number, "-o", "%T") == "PENDING\n", "its stop")
    flow.until_resumed()
    assert flow.numbers == [number] and flow.starts(number) == 2
    assert "COMPLETED" in lab.ask("squeue", "-h", "--states=all", "-j", other, "-o", "%T")
