"""One line says why a job failed: its own word first, then Python's, then Slurm's."""

import pytest

from scripts.cluster.reasons import explain_failure

TIMEOUT = "SLURM-job '7' failed, SLURM status is: 'TIMEOUT'. Detailed failure reason unavailable"
TRACE = "12:00:01 failed\nTraceback (most recent call last):\n  File x\nValueError: two rows\n"
OURS = "step 3\nerror: x.jsonl: line 2: not JSON\nRuleException: in rule\n"


@pytest.mark.parametrize(
    ("logs", "said", "reason"),
    [
        (["12:00:01 step 7\n", OURS], TIMEOUT, "x.jsonl: line 2: not JSON"),
        ([TRACE, "srun: error: node1: task 0: Exited\n"], "", "ValueError: two rows"),
        (["12:00:01 step 7\n", ""], TIMEOUT, "it took longer than it may"),
        (["", "slurmstepd: error: Detected 1 oom_kill event in StepId=7.0\n"], TIMEOUT, "memory"),
        (["", ""], "SLURM status is: 'BOOT_FAIL'.", "Slurm says BOOT_FAIL"),
        (["12:00:01 an error: of no weight\n"], "", ""),
    ],
)
def test_the_line_that_explains(tmp_path, logs, said, reason):
    paths = []
    for number, text in enumerate(logs):
        paths.append(str(tmp_path / f"{number}.log"))
        (tmp_path / f"{number}.log").write_text(text)
    found = explain_failure([*paths, str(tmp_path / "none.log")], said)
    assert reason in found and "\n" not in found and bool(found) == bool(reason)
