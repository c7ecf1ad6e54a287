"""What a training is asked to do: options, the run file behind them, the stage's description."""

import json
from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json, write_json
from scripts.study.recipe import Lora
from scripts.study.run import Run
from scripts.study.run_file import RunFile, write_run_file
from scripts.train.job import Job, fit_micro_batch
from scripts.train.train_model import check, parser

FILE = RunFile(
    run=Run(micro_batch=3, threads=5, checkpoint_minutes=7, track=("tensorboard",)),
    held_out=("results/benchmarks/text_zh.jsonl",),
    stages={"toy": 100, "other": None, "toy.mean": 100},
    judge=None,
)


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The options that train_model cannot do without."""
    data = {"objective": "text", "format": "chatml", "length": 8, "rows": 12, "sha256": "0"}
    for folder in ("parent", "packed"):
        (tmp_path / folder).mkdir()
    write_json(tmp_path / "packed/manifest.json", data | {"sources": {}, "batch": 12})
    write_json(tmp_path / "parent/stage.json", {"model": "base"})
    write_json(tmp_path / "parent/config.json", {"max_position_embeddings": 8})
    folders = [("--parent", "parent"), ("--packed", "packed"), ("--output", "m")]
    options = [word for name, folder in folders for word in (name, str(tmp_path / folder))]
    options += ["--checkpoints", str(tmp_path / "c"), "--model", "toy", "--batch", "12"]
    return [*options, "--learning-rate", "2e-4", "--seed", "1"]


def read(words: list[str], *more: str) -> Job:
    return check(parser().parse_args([*words, *more]))


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"batch": 6}, "--batch: found 12, expected 6, for which .*/packed/manifest.json"),
        ({"seed": 2}, "--seed: found 1, expected 2, for which .*/packed/manifest.json"),
        ({"length": 16}, "config.json: max_position_embeddings is 8, but the rows have 16 tokens"),
    ],
)
def test_rows_that_were_packed_for_something_else_are_refused(words, tmp_path, facts, message):
    """Else a training would take rows out of step, or the seed would be that of no order."""
    manifest = tmp_path / "packed/manifest.json"
    write_json(manifest, read_json(manifest) | facts)
    with pytest.raises(InputError, match=message):
        read(words)


def test_a_users_own_folder_is_no_output(words, tmp_path):
    """Said before the training, not when its model is published."""
    mine = tmp_path / "m"
    mine.mkdir()
    (mine / "thesis.tex").touch()
    with pytest.raises(InputError, match="m: found a folder that lingraft has not written"):
        read(words)


def test_what_no_option_says_is_the_run_files(words, tmp_path):
    write_run_file(FILE, tmp_path / "run.json")
    job = read(words, "--run", str(tmp_path / "run.json"))
    assert job.run == FILE.run
    assert job.held_out == (Path("results/benchmarks/text_zh.jsonl"),)
    assert job.stages == {"toy": 100, "other": None}


def test_an_option_wins_over_the_run_file(words, tmp_path):
    write_run_file(FILE, tmp_path / "run.json")
    more = ["--threads", "2", "--checkpoint-seconds", "30", "--track", "--held-out"]
    more += ["--stages", '{"toy": 1}', "--no-tf32", "--micro-batch", "2"]
    job = read(words, "--run", str(tmp_path / "run.json"), *more)
    assert job.run == Run(micro_batch=2, threads=2, checkpoint_minutes=0.5, tf32=False)
    assert job.held_out == () and job.stages == {"toy": 1}


def test_without_a_run_file_the_rest_is_the_default(words):
    assert read(words).run == Run(micro_batch=4)


def test_a_run_file_that_is_missing_is_one_line(words, tmp_path):
    with pytest.raises(InputError, match=r"run\.json: No such file .*, expected what the workflow"):
        read(words, "--run", str(tmp_path / "run.json"))


def test_the_recipe_of_a_stage_keeps_its_keys_their_order_and_their_numbers(words):
    """Finished stages are known by a digest of this text; another one would train them again."""
    common = (
        '{"batch": 12, "learning_rate": 0.0002, "schedule": "linear", "warmup": 0.0, "floor": 0.0, '
        '"weight_decay": 0.0, "betas": [0.9, 0.999], "clip": 1.0, "precision": "fp32", '
        '"optimizer": "adamw", '
    )
    more = ["--warmup", "0", "--schedule", "linear"]
    plain = json.dumps(read(words, *more, "--trains", "all").stage["recipe"])
    assert plain == common + '"lora": null, "seed": 1}'
    lora = ["--lora", '{"rank": 4, "alpha": 8}', "--trains", "new_rows"]
    job = read(words, *more, *lora)
    assert job.recipe.lora == Lora(rank=4, alpha=8)
    written = '"lora": {"rank": 4, "alpha": 8}, "seed": 1, "trains": "new_rows"}'
    assert json.dumps(job.stage["recipe"]) == common + written


@pytest.mark.parametrize(
    ("batch", "run", "rows"),
    [
        (12, Run(micro_batch=5), 4),
        (12, Run(micro_batch=99), 12),
        (12, Run(engine="ddp", devices=2, nodes=2, micro_batch=2), 1),
    ],
)
def test_a_micro_batch_is_the_largest_that_divides_a_devices_share(batch, run, rows):
    assert fit_micro_batch(run, batch).micro_batch == rows


def test_one_process_cannot_be_several():
    with pytest.raises(InputError, match=r"run\.engine: single takes one device, found 2"):
        fit_micro_batch(Run(devices=2), 4)
