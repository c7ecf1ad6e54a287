"""One line says why a job failed: its own word first, then Python's, then Slurm's."""

import pytest

from scripts.cluster.reasons import explain_failure, has_repeated

TIMEOUT = "SLURM-job '7' failed, SLURM status is: 'TIMEOUT'. Detailed failure reason unavailable"
REFUSED = (
    "SLURM sbatch failed. The error message was 'sbatch: error: Batch job submission failed: "
    "Invalid qos specification'.\n    sbatch call:\n        sbatch --qos=x"
)
TRACE = "12:00:01 failed\nTraceback (most recent call last):\n  File x\nValueError: two rows\n"
OURS = "step 3\nerror: x.jsonl: line 2: not JSON\nRuleException: in rule\n"


@pytest.mark.parametrize(
    ("logs", "said", "reason", "log"),
    [
        (["12:00:01 step 7\n", OURS], TIMEOUT, "x.jsonl: line 2: not JSON", "1.log"),
        ([TRACE, "srun: error: node1: task 0: Exited\n"], "", "ValueError: two rows", "0.log"),
        (["12:00:01 step 7\n", ""], TIMEOUT, "it took longer than it may", "0.log"),
        (["", "slurmstepd: error: Detected 1 oom_kill event\n"], TIMEOUT, "memory", "1.log"),
        (["", ""], "SLURM status is: 'BOOT_FAIL'.", "Slurm says BOOT_FAIL", ""),
        (["12:00:01 an error: of no weight\n"], "", "", "0.log"),
        ([OURS], REFUSED, "not taken it: Batch job submission failed: Invalid qos", ""),
    ],
)
def test_the_line_that_explains_and_where_it_stands(tmp_path, logs, said, reason, log):
    paths = []
    for number, text in enumerate(logs):
        paths.append(str(tmp_path / f"{number}.log"))
        (tmp_path / f"{number}.log").write_text(text)
    found, place = explain_failure([*paths, str(tmp_path / "none.log")], said)
    assert reason in found and not {"\n", "'sbatch"} & {*found} and bool(found) == bool(reason)
    assert place == (str(tmp_path / log) if log else "")


ERROR = "12:00:0{} failed\nTraceback (most recent call last):\n  File x\nValueError: {}\n"


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        (ERROR.format(1, "a"), False),
        (ERROR.format(1, "a") + ERROR.format(2, "a"), True),
        (ERROR.format(1, "a") + "12:00:02 step 1\n" + ERROR.format(3, "a"), True),
        (ERROR.format(1, "a") + ERROR.format(2, "b"), False),
        (ERROR.format(1, "a") + ERROR.format(2, "a") + "12:00:03 step 1\n", False),  # then killed
    ],
)
def test_the_same_traceback_twice_in_a_row_is_a_repeated_one(tmp_path, text, repeated):
    (tmp_path / "a.log").write_text("12:00:00 begins\n" + text)
    assert has_repeated(tmp_path / "a.log") == repeated
    assert not has_repeated(tmp_path / "none.log")
