"""A recipe's precision `auto`: what the device has, unless the stage was begun in another."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from scripts.common.provenance import fingerprint
from scripts.study.recipe import Optimization
from scripts.study.run import Run
from scripts.train import precision
from scripts.train.job import Job, describe_recipe
from scripts.train.precision import folder_of, settle_precision
from scripts.train.processes import Processes

ALONE = Processes(0, 1, torch.device("cpu"))


def make_job(folder: Path, name: str) -> Job:
    """Return a job whose recipe says the precision `name`."""
    recipe = Optimization(batch=1, learning_rate=0.1, precision=name)
    stage = {"model": "m", "recipe": describe_recipe(recipe, 1), "data": {"length": 8}}
    paths = {key: folder / key for key in ("parent", "packed", "checkpoints", "output")}
    return Job(
        model="m", seed=1, recipe=recipe, run=Run(), stage=stage, held_out=(), stages={},
        attempt=1, **paths,
    )  # fmt: skip


@pytest.fixture
def lines(monkeypatch) -> list[str]:
    """The log's lines."""
    found: list[str] = []
    monkeypatch.setattr(precision.log, "info", lambda form, *values: found.append(form % values))
    return found


@pytest.mark.parametrize(("has", "expected"), [(True, "bf16"), (False, "fp32")])
def test_the_device_decides_and_the_stage_says_it(tmp_path, monkeypatch, lines, has, expected):
    monkeypatch.setattr(precision, "has_bf16", lambda device: has)
    job, said = make_job(tmp_path, "auto"), make_job(tmp_path, expected)
    settled = settle_precision(job, ALONE)
    assert settled == said
    assert list(settled.stage["recipe"]) == list(said.stage["recipe"])
    assert fingerprint(settled.stage) == fingerprint(said.stage)
    assert lines == [f"m: precision auto is {expected}"]


@pytest.mark.parametrize("name", ["fp32", "bf16", "fp16"])
def test_a_precision_that_is_said_is_never_changed(tmp_path, monkeypatch, lines, name):
    monkeypatch.setattr(precision, "has_bf16", lambda device: name == "fp32")
    job = make_job(tmp_path, name)
    assert settle_precision(job, ALONE) is job
    assert not lines


@pytest.mark.parametrize("begun", ["bf16", "fp32"])
@pytest.mark.parametrize("what", ["checkpoint-3", "final"])
def test_a_stage_goes_on_in_the_precision_it_was_begun_in(
    tmp_path, monkeypatch, lines, begun, what
):
    """Also a finished one, whose model is published again."""
    monkeypatch.setattr(precision, "has_bf16", lambda device: begun == "fp32")
    job, said = make_job(tmp_path, "auto"), make_job(tmp_path, begun)
    (folder_of(said) / what).mkdir(parents=True)
    assert settle_precision(job, ALONE) == said
    (line,) = lines
    assert f"{begun}, in which it was begun, though this device would take" in line
    assert str(folder_of(said)) in line


def test_a_checkpoint_of_other_settings_or_an_incomplete_one_decides_nothing(
    tmp_path, monkeypatch, lines
):
    monkeypatch.setattr(precision, "has_bf16", lambda device: True)
    job, said = make_job(tmp_path, "auto"), make_job(tmp_path, "fp32")
    (folder_of(said) / ".checkpoint-3.partial").mkdir(parents=True)
    other = replace(said, stage=said.stage | {"parent_fingerprint": "another"})
    (folder_of(other) / "checkpoint-3").mkdir(parents=True)
    assert settle_precision(job, ALONE).recipe.precision == "bf16"
