"""Killed anywhere, started again, a stage ends with the bytes of an uninterrupted run."""

import random
import time
from pathlib import Path

import pytest

from tests.support.training_runs import Run, checkpoints, fingerprint, losses, stage_options

STAGE = "x-tiny-zh"
ZERO2 = ["--engine", "deepspeed", "--zero", "2"]


@pytest.fixture(scope="module")
def options(tiny_study) -> list[str]:
    """train_model's options for the stage, with a checkpoint after every step."""
    return stage_options(tiny_study, STAGE)


def is_saving(run: Run) -> bool:
    """Tell whether a checkpoint is being written."""
    return any(run.folder.glob("checkpoints/*/.checkpoint-*.partial"))


def kill_at_random(run: Run, chance: random.Random, longest: float, saving: bool) -> None:
    """Kill after a random time, or within a random moment of a checkpoint's being written."""
    time.sleep(chance.uniform(0, longest))
    while saving and run.alive and not is_saving(run):
        time.sleep(0.0005)
    if saving:
        time.sleep(chance.uniform(0, 0.01))
    run.kill()


def survive(forks, options: list[str], folder: Path, size: int, kills: int, seed: int) -> None:
    """Kill `kills` runs at random moments and resume each; all must end with the same bytes."""
    whole = fingerprint(Run(forks, options, folder / "whole", size).finish())
    began = time.monotonic()
    assert fingerprint(Run(forks, options, folder / "again", size).finish()) == whole
    longest, chance = time.monotonic() - began, random.Random(seed)
    interrupted = 0
    for number in range(kills):
        target = folder / f"killed-{number}"
        run = Run(forks, options, target, size)
        kill_at_random(run, chance, longest, saving=number % 2 == 0)
        interrupted += not (target / "model").exists()
        assert fingerprint(Run(forks, options, target, size).finish()) == whole, number
    assert interrupted >= kills // 2  # else the test has waited too long to be one


def test_twenty_kills_leave_the_same_bytes(forks, options, tmp_path):
    survive(forks, options, tmp_path, size=1, kills=20, seed=1)


@pytest.mark.parametrize("size", [1, 2])
def test_kills_in_bf16_leave_the_same_bytes(forks, options, tmp_path, size):
    engine = ["--engine", "ddp"] if size > 1 else []
    survive(forks, [*options, *engine, "--precision", "bf16"], tmp_path, size, kills=2, seed=4)


def test_kills_of_two_deepspeed_processes_leave_the_same_bytes(forks, options, tmp_path):
    survive(forks, [*options, *ZERO2], tmp_path, size=2, kills=4, seed=2)


@pytest.mark.parametrize("engine", [["--engine", "fsdp"], ["--engine", "deepspeed", "--zero", "3"]])
def test_sharded_engines_resume_to_the_same_bytes(forks, options, tmp_path, engine):
    survive(forks, [*options, *engine], tmp_path, size=2, kills=1, seed=3)


def stop_after_checkpoint(run: Run, steps: int) -> None:
    """Kill a run once it has a checkpoint of so many steps."""
    while not any(run.folder.glob(f"checkpoints/*/checkpoint-{steps}")):
        assert run.alive, run.printed.read_text()
        time.sleep(0.001)
    run.kill()


@pytest.mark.parametrize(
    ("before", "after"),
    [(("fsdp", 2), ("single", 1)), (("single", 1), ("ddp", 2)), (("ddp", 2), ("fsdp", 2))],
)
def test_another_number_of_processes_resumes(tiny_study, forks, options, tmp_path, before, after):
    stop_after_checkpoint(
        Run(forks, [*options, "--engine", before[0]], tmp_path, before[1]), steps=2
    )
    model = Run(forks, [*options, "--engine", after[0]], tmp_path, after[1]).finish()
    assert "starts from" in (tmp_path / "log").read_text()
    assert "checkpoint-" in (tmp_path / "log").read_text()
    assert losses(model) == pytest.approx(losses(tiny_study / "results/models" / STAGE), rel=1e-5)


def test_a_bf16_checkpoint_of_sharded_weights_is_that_of_one_process(
    tiny_study, forks, options, tmp_path
):
    options = [*options, "--precision", "bf16"]
    stop_after_checkpoint(Run(forks, [*options, "--engine", "fsdp"], tmp_path, 2), steps=2)
    model = Run(forks, options, tmp_path).finish()
    assert "checkpoint-" in (tmp_path / "log").read_text()
    assert losses(model) == pytest.approx(losses(tiny_study / "results/models" / STAGE), rel=0.02)


def test_deepspeed_says_plainly_what_it_cannot_resume_from(forks, options, tmp_path):
    stop_after_checkpoint(Run(forks, [*options, *ZERO2], tmp_path, 2), steps=2)
    run = Run(forks, [*options, *ZERO2], tmp_path, 1)
    assert run.wait() == [1]
    (line,) = run.printed.read_text().strip().splitlines()[-1:]
    assert "written by deepspeed ZeRO-2 on 2 processes" in line
    assert checkpoints(tmp_path)


def test_a_damaged_checkpoint_is_skipped(forks, options, tmp_path):
    whole = fingerprint(Run(forks, options, tmp_path / "whole").finish())
    stop_after_checkpoint(Run(forks, options, tmp_path / "damaged"), steps=3)
    damaged = checkpoints(tmp_path / "damaged")[-1]
    file = max(damaged.rglob("*"), key=lambda path: path.stat().st_size * path.is_file())
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    run = Run(forks, options, tmp_path / "damaged")
    assert fingerprint(run.finish()) == whole
    log = (tmp_path / "damaged/log").read_text()
    assert f"{damaged} is damaged and is skipped" in log
    assert int(damaged.name[11:]) > int(log.split("starts from ")[1].split("checkpoint-")[1][0])
