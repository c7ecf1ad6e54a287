"""What goes wrong in lm-evaluation-harness is one line; without its environment, too."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.data import run_harness
from scripts.data.build_harness_benchmark import check_metrics

OUTPUTS = {
    "Traceback\nValueError: Tasks not found: arc_challange": "^no task or group of this name in",
    "ConnectionError: Couldn't reach 'allenai/ai2_arc' on the Hub (OfflineModeIsEnabled)":
        "^its data set allenai/ai2_arc is neither in the hub's cache nor can it be fetched",
    "INFO x\nKeyError: 'question'\n": "^lm-evaluation-harness ended: KeyError: 'question'$",
    "": "^lm-evaluation-harness ended: no reason given$",
}  # fmt: skip


@pytest.mark.parametrize("output", OUTPUTS)
def test_an_end_is_explained_in_one_line(output):
    line = run_harness.explain(output.splitlines())
    with pytest.raises(InputError, match=OUTPUTS[output]):
        raise InputError(line)
    assert "\n" not in line


def test_a_task_file_of_nearly_the_name_is_named(tmp_path, monkeypatch):
    (tmp_path / "lm_eval/tasks/arc").mkdir(parents=True)
    (tmp_path / "lm_eval/__init__.py").touch()
    (tmp_path / "lm_eval/tasks/arc/arc_challenge.yaml").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lm_eval", raising=False)
    assert run_harness.nearest_task("arc_challange") == "; did you mean 'arc_challenge'?"


def test_lines_come_as_they_are_written_with_the_exit_status():
    code = "import os, sys; print(os.environ['TQDM_MININTERVAL']); print('b', file=sys.stderr); "
    command = [sys.executable, "-u", "-c", code + "sys.exit(3)"]
    assert run_harness.call(command, run_harness.VARIABLES) == (3, ["60", "b"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone ends children")
def test_the_harness_ends_with_its_script(tmp_path):
    child = f"import time, pathlib; pathlib.Path({str(tmp_path / 'up')!r}).touch(); time.sleep(60)"
    code = "from scripts.data.run_harness import call\n"
    code += f"call([{sys.executable!r}, '-c', {child!r}], {{}})"
    script = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, start_new_session=True)
    while not (tmp_path / "up").exists():
        time.sleep(0.05)
    (child_id,) = children(script.pid)
    script.kill()
    script.wait()
    for _ in range(100):
        if not Path(f"/proc/{child_id}").exists():
            return
        time.sleep(0.05)
    pytest.fail("the harness went on")


def children(parent):
    """Return the ids of a process's children."""
    return Path(f"/proc/{parent}/task/{parent}/children").read_text().split()


def test_without_its_environment_the_harness_is_not_run():
    with pytest.raises(InputError, match="lm-evaluation-harness is not installed"):
        run_harness.run_harness("arc_easy", [], None)


def test_a_metric_must_be_a_number_of_each_answer():
    sample = {"metrics": ["acc", "bleu"], "acc": 1.0, "bleu": ["a", "b"]}
    check_metrics("mine", sample, ["accuracy"])
    with pytest.raises(
        InputError, match="lm-eval/mine: acc_norm is none of its metrics; expected acc"
    ):
        check_metrics("mine", sample, ["accuracy", "acc_norm"])
    with pytest.raises(InputError, match="lm-eval/mine: bleu is no number of each answer"):
        check_metrics("mine", sample, ["bleu"])
