"""A run shows the study's progress, each start and failure once, and records what jobs cost."""

from scripts.common.job_times import read_starts
from tests.support.slurm_runs import SITE


def records(flow, model):
    return read_starts(flow.folder / f"results/logs/train_model/{model}.times.jsonl")


def test_progress_is_the_studys_and_jobs_record_queue_node_and_use(start, lab):
    flow = start("short")
    flow.finish()
    (number,) = flow.numbers
    lines = [line for line in flow.output.splitlines() if not line.startswith("Using profiles")]
    assert lines[0] == "plan of cluster: 1 job" and lines[-1].startswith("1 of 1 jobs done in ")
    assert sum("train short" in line for line in lines if line.startswith("[1/1]")) == 1
    assert not {"rule train_model:", "Select jobs to execute..."} & set(lines), flow.output
    (seen,) = records(flow, "short")
    assert (seen.slurm, seen.node) == (number, "node1") and seen.ended
    assert seen.queued[0] <= seen.queued[1] <= seen.started + 1
    assert seen.cpus == 1 and seen.gpus == 0 and seen.cpu > 0 and seen.memory > 100
    assert seen.energy["processors"]


def test_a_failure_is_told_once_by_the_line_that_explains_it(start):
    flow = start("long", rate=1e9, site=SITE)
    assert flow.wait() != 0
    told = [line for line in flow.output.splitlines() if "the gradient norm is nan" in line]
    assert len(told) == 1 and told[0].startswith("failed: train long: "), flow.output
    ends = [line for line in flow.output.splitlines() if line.startswith("0 of 1 jobs done in ")]
    assert len(ends) == 1 and ends[0].endswith("; failed: train long"), flow.output
    assert records(flow, "long")[-1].ended is None
