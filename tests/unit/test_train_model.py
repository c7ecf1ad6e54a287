"""Training on packed rows: the loss is the unpacked one; killed runs end with the same bytes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from transformers import AutoModelForCausalLM

from scripts.common.files import ROOT, read_json, read_jsonl, sha256
from scripts.train.packed_trainer import packed_loss
from scripts.train.packing import Row, columns
from scripts.train.rendering import Example

STEPS = 12


def run_script(name: str, *options: str, **settings) -> subprocess.CompletedProcess:
    """Run a script of the train phase as the workflow does."""
    command = [sys.executable, "-m", f"scripts.train.{name}", *options]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, **settings)


@pytest.fixture(scope="module")
def packed(tiny_model: Path, tmp_path_factory) -> Path:
    """Packed rows of short instructions, prepared by the real script."""
    folder = tmp_path_factory.mktemp("packed")
    query = {"instruction": "Answer"}
    records = [
        {"id": str(n), **query, "input": f"{n}?", "output": "白日" * (n % 7 + 1)}
        for n in range(200)
    ]
    pq.write_table(pa.Table.from_pylist(records), folder / "toy_zh.parquet")
    part = {"dataset": "toy_zh", "kind": "instruction", "languages": ["zh"], "names": ["Chinese"]}
    part |= {"side": None, "start": 0, "stop": None}
    mixture = json.dumps([{"name": "all", "weight": None, "parts": [part]}])
    run_script(
        "pack_examples", "--tokenizer", str(tiny_model),
        "--corpora", str(folder / "toy_zh.parquet"), "--mixture", mixture,
        "--objective", "response", "--format", "chatml", "--length", "64", "--batch", "4",
        "--steps", str(STEPS), "--seed", "1", "--output", str(folder / "rows"),
    )  # fmt: skip
    return folder / "rows"


def training_command(parent: Path, packed: Path, folder: Path, rate: str = "1e-3") -> list[str]:
    return [
        sys.executable, "-m", "scripts.train.train_model", "--model", "toy",
        "--parent", str(parent), "--packed", str(packed), "--batch", "4",
        "--learning-rate", rate, "--schedule", "cosine", "--warmup", "0.1", "--floor", "0.1",
        "--weight-decay", "0.1", "--betas", "0.9", "0.95", "--clip", "1", "--precision", "fp32",
        "--seed", "1", "--micro-batch", "2", "--threads", "1",
        "--checkpoints", str(folder / "checkpoints"), "--checkpoint-seconds", "0",
        "--output", str(folder / "model"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def base(tiny_model: Path, tmp_path_factory) -> Path:
    """The tiny model as `import_model` leaves a base."""
    folder = tmp_path_factory.mktemp("base") / "base"
    run_script("import_model", "--folder", str(tiny_model), "--output", str(folder))
    return folder


@pytest.fixture(scope="module")
def uninterrupted(base: Path, packed: Path, tmp_path_factory) -> Path:
    """A model trained in one go."""
    folder = tmp_path_factory.mktemp("whole")
    subprocess.run(training_command(base, packed, folder), cwd=ROOT, check=True)
    return folder / "model"


def weights(model: Path) -> str:
    return sha256(model / "model.safetensors")


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
    assert packed_loss(model, inputs).item() == pytest.approx(alone.item(), rel=1e-5)


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


@pytest.mark.parametrize("after", [2, 7])
def test_a_killed_run_resumes_to_the_same_bytes(base, packed, uninterrupted, tmp_path, after):
    command = training_command(base, packed, tmp_path)
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    wait_for_step(tmp_path / "checkpoints", after, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "model").exists()
    log = tmp_path / "log.txt"
    subprocess.run([*command, "--log", str(log)], cwd=ROOT, check=True)
    assert "starts from" in log.read_text() and "checkpoint-" in log.read_text()
    assert losses(tmp_path / "model") == losses(uninterrupted)
    for name in ("model.safetensors", "stage.json", "tokenizer.json"):
        assert sha256(tmp_path / "model" / name) == sha256(uninterrupted / name), name


def wait_for_step(checkpoints: Path, step: int, process: subprocess.Popen) -> None:
    """Wait until the log of a running training has `step` lines."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        logs = list(checkpoints.glob("*/train_log.jsonl"))
        if logs and len(logs[0].read_text().splitlines()) >= step:
            return
        time.sleep(0.02)
    raise AssertionError("the training never came that far")


def test_a_half_written_checkpoint_is_not_taken_for_a_whole_one(
    base, packed, uninterrupted, tmp_path
):
    command = training_command(base, packed, tmp_path)
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    wait_for_step(tmp_path / "checkpoints", 4, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (folder,) = (tmp_path / "checkpoints").glob("*/")
    fake = folder / "checkpoint-11"
    fake.mkdir()
    (fake / "model.safetensors").write_bytes(b"half")
    subprocess.run(command, cwd=ROOT, check=True)
    assert sha256(tmp_path / "model/model.safetensors") == sha256(
        uninterrupted / "model.safetensors"
    )


def test_a_lost_output_is_published_again_without_training(base, packed, uninterrupted, tmp_path):
    command = training_command(base, packed, tmp_path)
    subprocess.run(command, cwd=ROOT, check=True)
    first = sha256(tmp_path / "model")
    subprocess.run(["rm", "-r", str(tmp_path / "model")], check=True)
    log = tmp_path / "log.txt"
    subprocess.run([*command, "--log", str(log)], cwd=ROOT, check=True)
    assert "starts from" not in log.read_text()
    assert sha256(tmp_path / "model") == first


def test_a_changed_recipe_does_not_resume_from_the_old_one(base, packed, tmp_path):
    subprocess.run(training_command(base, packed, tmp_path), cwd=ROOT, check=True)
    first = sha256(tmp_path / "model/model.safetensors")
    subprocess.run(training_command(base, packed, tmp_path, rate="5e-4"), cwd=ROOT, check=True)
    assert sha256(tmp_path / "model/model.safetensors") != first
    assert len(list((tmp_path / "checkpoints").glob("*/"))) == 1
