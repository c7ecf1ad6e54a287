"""What holds for every script: its threads wait asleep, and results are the same bits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.common.files import ROOT

READ = "import scripts, os; print(os.environ.get('GOMP_SPINCOUNT'))"
# A thread's share of a product is what it is however the thread waits for the others.
COMPUTE = """
import hashlib, scripts, torch
torch.set_num_threads(2)
torch.manual_seed(0)
weights = torch.randn(300, 300, requires_grad=True)
(weights @ torch.randn(300, 300)).softmax(1).square().sum().backward()
print(hashlib.sha256(weights.grad.numpy().tobytes()).hexdigest())
"""


def start(options: list[str], folder: Path, **variables: str) -> str:
    """Run Python without the caller's own OpenMP variables; return what it prints."""
    kept = {key: value for key, value in os.environ.items() if "OMP_" not in key}
    done = subprocess.run(
        [sys.executable, *options], env=kept | variables, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_threads_of_a_script_started_by_hand_wait_asleep():
    assert start(["-c", READ], ROOT) == "2000"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "active"}, "None")],
)
def test_the_users_own_choice_stays(variables, expected):
    assert start(["-c", READ], ROOT, **variables) == expected


def test_results_have_the_same_bits():
    asleep, busy = (
        start(["-c", COMPUTE], ROOT, **variables)
        for variables in ({}, {"OMP_WAIT_POLICY": "active"})
    )
    assert asleep == busy


def test_a_workflows_jobs_have_it_too(tmp_path):
    """Whatever Python a job calls: the variable is in the environment of its shell."""
    (tmp_path / "Snakefile").write_text(
        f'include: "{ROOT}/rules/common.smk"\n\n\n'
        'rule show:\n    output: "shown"\n    shell: "echo $GOMP_SPINCOUNT > {output}"\n'
    )
    study = str(ROOT / "config.yaml")
    command = ["-m", "snakemake", "--cores", "1", "--configfile", study, "--", "show"]
    start(command, tmp_path)
    assert (tmp_path / "shown").read_text() == "2000\n"
