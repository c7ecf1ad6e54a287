"""Processes that share a model's benchmarks write the same bytes as one, killed anywhere."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_json, write_jsonl
from scripts.infer import answer_benchmarks
from scripts.infer.resume import partial_path, partial_paths, predict_batches
from scripts.infer.share import Share, ShareDone
from scripts.infer.team import Team, claim_device
from scripts.study.run import Run
from scripts.study.run_file import RunFile, write_run_file

COMMON = {"instruction": "Translate.", "output": "海", "references": ["海"]}
RECORDS = {
    "sea_en-zh": [{"task": "translation", "input": f"Sea {n} " * (n % 5 + 1)} for n in range(22)],
    "words_zh": [
        {"task": "choice", "input": f"{n}?", "choices": ["海", "a boat"], "answer": 0}
        for n in range(7)
    ],
    "text_zh": [{"task": "text", "input": "", "text": "床前明月光。" * (n + 1)} for n in range(5)],
}
OPTIONS = {
    "sea_en-zh": [
        *("--format", "chatml", "--batch-size", "1", "--max-new-tokens", "12"),
        *("--answer", '{"reasoning": 3}'),  # one process writes it, the others read it
    ],
    "words_zh": ["--format", "chatml"],
    "text_zh": ["--window", "32"],
}


@pytest.fixture
def command(tiny_model, tmp_path):
    """Return the command line that answers all benchmarks into a folder, by several processes."""
    for name, records in RECORDS.items():
        lines = ({"id": str(n), **COMMON, **record} for n, record in enumerate(records))
        write_jsonl(tmp_path / f"{name}.jsonl", lines)

    def write(folder: str, devices: int, names=RECORDS) -> list[str]:
        run = RunFile(Run(infer_devices=devices), (), {}, None)
        write_run_file(run, tmp_path / f"run-{devices}.json")
        words = [
            "--model",
            tiny_model,
            "--deterministic",
            "--run",
            tmp_path / f"run-{devices}.json",
        ]
        words += ["--log", tmp_path / folder / "log"]
        for name in names:
            output = tmp_path / folder / f"{name}.jsonl"
            words += ["--each", "--benchmark", tmp_path / f"{name}.jsonl", "--output", output]
            words += OPTIONS[name]
        script = [sys.executable, "-m", answer_benchmarks.__name__]
        return [*script, *map(str, words)]

    return write


def start(command: list[str]) -> subprocess.Popen:
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def answers(folder: Path) -> dict[str, bytes]:
    """Return what was predicted, by benchmark."""
    return {name: (folder / f"{name}.jsonl").read_bytes() for name in RECORDS}


def children(process: subprocess.Popen) -> list[int]:
    """Return the processes that another has started to answer."""
    found = psutil.Process(process.pid).children()
    return [child.pid for child in found if "spawn_main" in " ".join(child.cmdline())]


def finished(path: Path) -> int:
    """Return how many batches a journal has."""
    return max(0, path.read_bytes().count(b"\n") - 1) if path.exists() else 0


def test_two_processes_write_what_one_writes_after_one_of_them_was_killed(command, tmp_path):
    assert start(command("one", 1)).wait() == 0
    whole = answers(tmp_path / "one")
    output = tmp_path / "two/sea_en-zh.jsonl"
    killed = start(command("two", 2))
    while not finished(partial_path(output, 1)):
        assert killed.poll() is None, killed.stderr.read()
        time.sleep(0.001)
    (other,) = children(killed)
    os.kill(other, signal.SIGKILL)
    error = killed.communicate(timeout=60)[1]
    assert killed.returncode == 1 and not output.exists()
    assert error == (
        "error: process 2 of 2 that answer was killed (status -9); what was answered is kept: "
        "start again\n"
    )
    kept = {path.name: path.read_bytes() for path in partial_paths(output)}
    # Three take over what two have answered: the batches are the same.
    again = start(command("two", 3))
    assert again.wait() == 0, again.stderr.read()
    assert answers(tmp_path / "two") == whole
    assert not partial_paths(output)
    log = (tmp_path / "two/log").read_text()
    done = sum(text.count(b"\n") - 1 for text in kept.values())
    assert f"generate: resuming, {done} of 6 batches are there" in log
    meta = read_json(tmp_path / "two/sea_en-zh.jsonl.meta.json")["settings"]
    assert meta["engine"] == "transformers"
    assert meta["tokens"] < sum(
        json.loads(line)["tokens"] for line in whole["sea_en-zh"].splitlines()
    )


def test_when_the_first_is_killed_the_others_end(command, tmp_path):
    output = tmp_path / "two/sea_en-zh.jsonl"
    killed = start(command("two", 2))
    while not finished(partial_path(output, 1)):
        assert killed.poll() is None, killed.stderr.read()
        time.sleep(0.001)
    (other,) = children(killed)
    killed.kill()
    killed.wait()
    for _ in range(1000):
        if not Path(f"/proc/{other}").exists() or "Z" in Path(f"/proc/{other}/stat").read_text():
            break
        time.sleep(0.01)
    else:
        os.kill(other, signal.SIGKILL)
        pytest.fail("continues without the process that it answers to")


def test_parts_that_were_answered_with_other_settings_are_not_joined(tmp_path):
    def predict(rows, done):
        return [{"row": row} for row in rows]

    def answer(mark, share):
        return predict_batches(tmp_path / "a.jsonl", mark, [[0, 2], [1]], predict, "t", share=share)

    with pytest.raises(ShareDone):
        answer("bfloat16", Share(1, 2))
    with pytest.raises(InputError, match=r"^1 of 2 batches were answered with other settings"):
        answer("float32", Share(0, 2))
    assert answer("bfloat16", Share(0, 2)).results == [{"row": row} for row in range(3)]


def fail():
    """Return what answers nothing."""

    def answer(arguments):
        raise InputError("no weights\nhere")

    return answer


def test_the_error_of_another_process_is_told_in_one_line(tiny_model):
    team = Team(2, 0, fail, None)
    try:
        team.share(
            answer_benchmarks.parser().parse_args(
                ["--model", "m", "--benchmark", "b", "--output", "o"]
            )
        )
        with pytest.raises(InputError, match=r"^process 2 of 2 that answer: no weights here$"):
            team.wait()
    finally:
        team.close()


def test_each_process_sees_a_gpu_of_its_own_or_its_share_of_threads():
    for number, name in ((0, "0"), (1, "1")):
        found: dict[str, str] = {}
        claim_device(number, 2, 2, found)
        assert found == {"CUDA_VISIBLE_DEVICES": name}
    found = {"CUDA_VISIBLE_DEVICES": "5, GPU-a,7", "OMP_NUM_THREADS": "9"}
    claim_device(1, 2, 3, found)
    assert found == {"CUDA_VISIBLE_DEVICES": "GPU-a", "OMP_NUM_THREADS": "9"}
    found = {"OMP_NUM_THREADS": "5"}
    claim_device(1, 2, 0, found)
    assert found == {"OMP_NUM_THREADS": "2"}


def test_more_processes_than_gpus_are_refused():
    with pytest.raises(InputError, match=r"run.infer_devices: 3, found 2 GPUs"):
        Team(3, 2, fail, None)
