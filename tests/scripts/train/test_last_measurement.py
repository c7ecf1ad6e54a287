"""A stage takes its parent's last measurement of held-out text where its own would be the same."""

import json
import shutil
import time
from pathlib import Path

import pytest
import torch

from scripts.common.files import read_json, read_jsonl, write_json, write_jsonl
from scripts.train.last_measurement import RECORD, describe_measurement, take_measurement
from scripts.train.precision import settle_precision
from scripts.train.processes import Processes
from scripts.train.stage import read_held_out
from scripts.train.train_model import check, parser
from scripts.train.ways import choose_way
from tests.support.toy_stage import STEPS, import_base, options, pack_toy
from tests.support.training_runs import Run, checkpoints, fingerprint

TAKEN = "held-out text at step 0: taken from the end of"
TEXTS = ["The harbour was quiet when the last boat came in.", "床前明月光，疑是地上霜。"] * 20
ALONE = Processes(0, 1, torch.device("cpu"))


@pytest.fixture(scope="module")
def study(tiny_model: Path, tmp_path_factory) -> Path:
    """A folder with a base, packed rows and a held-out text."""
    folder = tmp_path_factory.mktemp("study")
    import_base(tiny_model, folder / "base")
    pack_toy(tiny_model, folder)
    write_texts(folder / "text_zh.jsonl", TEXTS)
    return folder


def write_texts(path: Path, texts: list[str]) -> None:
    query = {"task": "text", "instruction": "", "input": "", "output": ""}
    write_jsonl(path, [query | {"id": str(n), "text": text} for n, text in enumerate(texts)])


def words(study: Path, parent: Path, *more: str) -> list[str]:
    """Return train_model's options for a stage that measures the text after each quarter."""
    held_out = ["--held-out", str(study / "text_zh.jsonl"), "--held-out-rows", "3"]
    return [*options(parent, study / "rows"), *held_out, "--evaluations", "4", *more]


@pytest.fixture(scope="module")
def parent(forks, study: Path, tmp_path_factory) -> Path:
    """A trained stage."""
    return Run(forks, words(study, study / "base"), tmp_path_factory.mktemp("parent")).finish()


def without_record(model: Path, folder: Path) -> Path:
    """Return a copy of a model as one that was trained before there were records."""
    shutil.copytree(model, folder)
    (folder / RECORD).unlink()
    return folder


def logs(folder: Path) -> tuple[str, list[dict]]:
    """Return the log of a run, and what it measured."""
    return (folder / "log").read_text(), read_jsonl(folder / "model/held_out_log.jsonl")


@pytest.mark.parametrize(
    ("size", "more"),
    [
        (1, ["--precision", "fp32"]),
        (1, ["--precision", "bf16"]),
        (1, ["--threads", "2", "--attention", "sdpa"]),
        (2, ["--engine", "fsdp", "--precision", "bf16"]),
        (2, ["--engine", "deepspeed", "--zero", "3"]),
    ],
)
def test_what_is_taken_is_what_would_be_computed(forks, study, tmp_path, size, more):
    parent = Run(forks, words(study, study / "base", *more), tmp_path / "a", size).finish()
    old = without_record(parent, tmp_path / "old")
    Run(forks, words(study, parent, *more), tmp_path / "taken", size).finish()
    Run(forks, words(study, old, *more), tmp_path / "computed", size).finish()
    (said, taken), (silent, computed) = logs(tmp_path / "taken"), logs(tmp_path / "computed")
    assert TAKEN in said and TAKEN not in silent
    assert taken == computed and len(taken) == 5
    assert taken[0] == read_jsonl(parent / "held_out_log.jsonl")[-1] | {"step": 0}
    models = [tmp_path / name / "model" for name in ("taken", "computed")]
    assert fingerprint(models[0]) == fingerprint(models[1])
    assert read_json(models[0] / "stage.json") == read_json(models[1] / "stage.json")
    records = [read_json(model / RECORD) for model in models]
    assert records[0] == records[1]


def test_a_killed_child_ends_with_the_same_measurements(forks, study, parent, tmp_path):
    whole = Run(forks, words(study, parent), tmp_path / "whole").finish()
    run = Run(forks, words(study, parent), tmp_path / "killed")
    while len(checkpoints(tmp_path / "killed")) < 2:
        assert run.alive, run.printed.read_text()
        time.sleep(0.001)
    run.kill()
    model = Run(forks, words(study, parent), tmp_path / "killed").finish()
    assert TAKEN not in (tmp_path / "killed/log").read_text()  # of the second start, a resumed one
    for name in ("held_out_log.jsonl", RECORD, "model.safetensors", "stage.json"):
        assert (model / name).read_bytes() == (whole / name).read_bytes(), name


def take(study: Path, parent: Path, *more: str) -> dict[str, float] | None:
    """Return what a child would take."""
    outputs = ["--checkpoints", str(study / "c"), "--output", str(study / "m")]
    job = check(parser().parse_args([*words(study, parent, *more), *outputs]))
    job = settle_precision(job, ALONE)
    torch.set_num_threads(job.run.threads)
    way = choose_way(job.run.attention, job.parent, job.recipe.precision, "cpu")
    try:
        return take_measurement(
            job.parent, describe_measurement(job, read_held_out(job), ALONE, way)
        )
    finally:
        torch.set_num_threads(1)


def test_the_same_settings_take_it(study, parent):
    last = read_jsonl(parent / "held_out_log.jsonl")[-1]
    assert last["step"] == STEPS
    assert take(study, parent) == {"text_zh": last["text_zh"]}
    # What changes no forward pass of a measurement.
    assert take(
        study, parent, "--micro-batch", "4", "--gradient-checkpointing", "--evaluations", "2"
    )


@pytest.mark.parametrize(
    "more",
    [
        ["--held-out-rows", "2"],
        ["--precision", "bf16"],
        ["--precision", "fp16"],
        ["--attention", "sdpa"],
        ["--threads", "2"],
        ["--engine", "deepspeed"],
        ["--compile"],
        ["--liger"],
        ["--no-tf32"],
        ["--lora", '{"rank": 4}'],
        ["--lora", '{"rank": 4, "bits": 4}'],
        ["--trains", "new_rows"],
        ["--held-out"],
    ],
    ids=" ".join,
)
def test_other_settings_measure(study, parent, more):
    assert take(study, parent, *more) is None


def test_other_texts_measure(study, parent, tmp_path):
    for texts in (TEXTS[1:], [TEXTS[0][:-1] + "!", *TEXTS[1:]]):
        write_texts(tmp_path / "text_zh.jsonl", texts)
        assert take(study, parent, "--held-out", str(tmp_path / "text_zh.jsonl")) is None
    shutil.copyfile(study / "text_zh.jsonl", tmp_path / "text_en.jsonl")
    both = [str(study / "text_zh.jsonl"), str(tmp_path / "text_en.jsonl")]
    assert take(study, parent, "--held-out", both[1]) is None
    assert take(study, parent, "--held-out", *both) is None
    # Texts behind the rows that are measured, and what is no text, change nothing.
    write_texts(tmp_path / "text_zh.jsonl", [*TEXTS, "More."])
    assert take(study, parent, "--held-out", str(tmp_path / "text_zh.jsonl"))


def test_rows_of_another_length_measure(study, parent, tmp_path):
    shutil.copytree(study / "rows", tmp_path / "rows")
    manifest = tmp_path / "rows/manifest.json"
    write_json(manifest, read_json(manifest) | {"length": 32})
    assert take(study, parent, "--packed", str(tmp_path / "rows")) is None


def test_an_edited_parent_measures(study, parent, tmp_path):
    """Weights, settings of the architecture, vocabulary; each with the record as it was."""

    def edited(name: str, change) -> Path:
        folder = tmp_path / name
        shutil.copytree(parent, folder)
        content = bytearray((folder / name).read_bytes())
        (folder / name).write_bytes(change(content))
        return folder

    def flip(content: bytearray) -> bytearray:
        content[-1] ^= 1
        return content

    assert take(study, edited("stage.json", bytes))  # copied as it is
    assert take(study, edited("model.safetensors", flip)) is None
    theta = edited("config.json", lambda found: found.replace(b"10000.0", b"20000.0"))
    assert (theta / "config.json").read_bytes() != (parent / "config.json").read_bytes()
    assert take(study, theta) is None
    swapped = edited("tokenizer.json", swap_pieces)
    assert (swapped / "tokenizer.json").read_bytes() != (parent / "tokenizer.json").read_bytes()
    assert take(study, swapped) is None


def swap_pieces(content: bytes) -> bytes:
    """Return a tokenizer with the ids of two pieces exchanged."""
    tokenizer = json.loads(content)
    pieces = tokenizer["model"]["vocab"]
    pieces["."], pieces["!"] = pieces["!"], pieces["."]
    return json.dumps(tokenizer).encode()


@pytest.mark.parametrize(
    "change",
    [
        {"code": "another"}, {"versions": {}}, {"processor": "another"}, {"device": "NVIDIA"},
        {"processes": 2}, {"bits_per_byte": {}}, {"bits_per_byte": None}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_record_of_something_else_is_not_taken(study, parent, tmp_path, change):
    folder = tmp_path / "parent"
    shutil.copytree(parent, folder)
    write_json(folder / RECORD, read_json(parent / RECORD) | change)
    assert take(study, folder) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"text_zh": 1', b"\xff"])
def test_a_damaged_record_is_none(study, parent, tmp_path, content):
    folder = tmp_path / "parent"
    shutil.copytree(parent, folder)
    (folder / RECORD).write_bytes(content)
    assert take(study, folder) is None


def test_merged_weights_leave_no_record(forks, study, tmp_path):
    more = ["--lora", '{"rank": 4}', "--learning-rate", "0.1"]
    model = Run(forks, words(study, study / "base", *more), tmp_path).finish()
    assert len(read_jsonl(model / "held_out_log.jsonl")) == 5
    assert not (model / RECORD).exists()
