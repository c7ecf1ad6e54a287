"""Training on packed rows: the loss is the unpacked one; killed runs end with the same bytes."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from scripts.common.files import ROOT, read_json, read_jsonl
from scripts.common.processor import has_bf16
from scripts.pack.packing import Row, columns
from scripts.pack.rendering import Example
from scripts.train.packed_loss import packed_loss
from tests.support.toy_stage import STEPS, import_base, options, pack_toy
from tests.support.training_runs import Run, checkpoints, fingerprint


@pytest.fixture(scope="module")
def packed(tiny_model: Path, tmp_path_factory) -> Path:
    """Packed rows of short instructions, prepared by the real script."""
    return pack_toy(tiny_model, tmp_path_factory.mktemp("packed"))


@pytest.fixture(scope="module")
def base(tiny_model: Path, tmp_path_factory) -> Path:
    """The tiny model as `import_model` leaves a base."""
    return import_base(tiny_model, tmp_path_factory.mktemp("base") / "base")


@pytest.fixture(scope="module")
def uninterrupted(forks, base: Path, packed: Path, tmp_path_factory) -> Path:
    """A model trained in one go."""
    return Run(forks, options(base, packed), tmp_path_factory.mktemp("whole")).finish()


def losses(model: Path) -> list[tuple[int, float]]:
    return [(line["step"], line["loss"]) for line in read_jsonl(model / "train_log.jsonl")]


def test_the_loss_of_a_packed_row_is_that_of_its_examples_alone(tiny_model: Path):
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    row, alone = Row(), torch.tensor(0.0)
    for ids, first in (([5, 6, 7, 8, 9], 2), ([15, 16, 17], 1), ([30, 31, 32, 33, 34, 35], 4)):
        row.add(Example("s", ids, first))
        labels = torch.tensor([[-100] * first + ids[first:]])
        output = model(input_ids=torch.tensor([ids]), labels=labels)
        alone = alone + output.loss * (len(ids) - first)
    packed_row = columns(row, 20, 2)
    names = ("input_ids", "position_ids", "labels")
    inputs = {key: torch.tensor([packed_row[key]]) for key in names}
    assert packed_loss(model, **inputs).item() == pytest.approx(alone.item(), rel=1e-5)


def test_training_lowers_the_loss_and_writes_a_loadable_model(uninterrupted: Path):
    found = losses(uninterrupted)
    assert [step for step, _ in found] == list(range(1, STEPS + 1))
    assert found[-1][1] < found[0][1] - 0.5
    AutoModelForCausalLM.from_pretrained(uninterrupted)
    stage = read_json(uninterrupted / "stage.json")
    assert stage["parent"] == "base"
    assert stage["sources"]["toy_zh"]["useful_tokens"] == sum(
        line["useful_tokens"] for line in read_jsonl(uninterrupted / "train_log.jsonl")
    )


def test_a_half_written_checkpoint_is_not_taken_for_a_whole_one(
    forks, base, packed, uninterrupted, tmp_path
):
    run = Run(forks, options(base, packed), tmp_path)
    while len(checkpoints(tmp_path)) < 2:
        assert run.alive, run.printed.read_text()
        time.sleep(0.001)
    run.kill()
    assert not (tmp_path / "model").exists()
    fake = checkpoints(tmp_path)[0].with_name("checkpoint-11")
    fake.mkdir()
    (fake / "state.json").write_bytes(b"half")
    assert fingerprint(Run(forks, options(base, packed), tmp_path).finish()) == fingerprint(
        uninterrupted
    )


def test_a_lost_output_is_published_again_without_training(forks, base, packed, tmp_path):
    first = fingerprint(Run(forks, options(base, packed), tmp_path).finish())
    shutil.rmtree(tmp_path / "model")
    assert fingerprint(Run(forks, options(base, packed), tmp_path).finish()) == first
    assert "starts from" not in (tmp_path / "log").read_text()


def test_a_changed_recipe_does_not_resume_from_the_old_one(forks, base, packed, tmp_path):
    first = fingerprint(Run(forks, options(base, packed), tmp_path).finish())
    assert fingerprint(Run(forks, options(base, packed, "5e-4"), tmp_path).finish()) != first
    assert len(list((tmp_path / "checkpoints").glob("*/"))) == 1


def test_auto_trains_what_a_recipe_that_says_it_trains(forks, base, packed, tmp_path):
    precision = "bf16" if has_bf16("cpu") else "fp32"
    said = Run(forks, [*options(base, packed), "--precision", precision], tmp_path / "said")
    auto = Run(forks, [*options(base, packed), "--precision", "auto"], tmp_path / "auto")
    models = [run.finish() for run in (said, auto)]
    stages = [read_json(model / "stage.json") for model in models]
    assert stages[0] == stages[1] and stages[1]["recipe"]["precision"] == precision
    assert fingerprint(models[0]) == fingerprint(models[1])
    meta = read_json(tmp_path / "auto/model.meta.json")
    assert meta["settings"]["recipe"]["precision"] == precision


def test_a_batch_that_cannot_be_shared_is_one_line(base, packed, tmp_path):
    command = ["scripts.train.launch", "--devices", "3", "--", "scripts.train.train_model"]
    outputs = [
        "--checkpoints",
        str(tmp_path / "c"),
        "--output",
        str(tmp_path / "m"),
        "--log",
        str(tmp_path / "logs/log"),
    ]
    done = subprocess.run(
        [sys.executable, "-m", *command, *options(base, packed), *outputs, "--devices", "3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == "error: recipe.batch: 4 rows cannot be shared by 3 devices\n"
    assert (tmp_path / "logs/log").read_text() == done.stderr


@pytest.mark.parametrize("only", [None, 0, 1, 2])
def test_an_error_of_any_process_reaches_the_user_whoever_leaves_first(tmp_path, only):
    """A script on three processes that raises in all of them, or in one while the others wait."""
    (tmp_path / "broken.py").write_text(
        "import argparse, os, time\n"
        "from scripts.common.command import run\n"
        "from scripts.common.errors import InputError\n"
        "def parser(): return argparse.ArgumentParser()\n"
        "def main(arguments):\n"
        f"    if os.environ['RANK'] in {'012' if only is None else str(only)!r}:\n"
        "        raise InputError('the disk is full')\n"
        "    time.sleep(60)\n"
        "if __name__ == '__main__': run(main, parser())\n"
    )
    command = [sys.executable, "-m", "scripts.train.launch", "--devices", "3", "--", "broken"]
    command += ["--log", str(tmp_path / "log")]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (1, "error: the disk is full\n")
    assert (tmp_path / "log").read_text().count("the disk is full") == 1


def test_processes_that_die_in_silence_are_told(tmp_path):
    (tmp_path / "dying.py").write_text(
        "import argparse, os, signal, time\n"
        "def parser(): return argparse.ArgumentParser()\n"
        "if __name__ == '__main__':\n"
        "    if os.environ['RANK'] == '1': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-m", "scripts.train.launch", "--devices", "2", "--", "dying"]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert "error: process 1 ended with signal SIGKILL\n" in done.stderr


def test_damaged_rows_and_lost_weights_are_one_line(forks, base, packed, tmp_path):
    damaged = tmp_path / "rows"
    shutil.copytree(packed, damaged)
    content = bytearray((damaged / "rows.arrow").read_bytes())
    content[len(content) // 2] ^= 255
    (damaged / "rows.arrow").write_bytes(content)
    run = Run(forks, options(base, damaged), tmp_path / "one")
    assert run.wait() == [1]
    (line,) = run.printed.read_text().splitlines()
    assert "rows.arrow: SHA-256 is" in line and "delete it and run again" in line
    lost = tmp_path / "base"
    shutil.copytree(base, lost)
    (lost / "model.safetensors").unlink()
    run = Run(forks, options(lost, packed), tmp_path / "two")
    assert run.wait() == [1]
    (line,) = run.printed.read_text().splitlines()
    assert "found no *.safetensors, expected the model's weights" in line
