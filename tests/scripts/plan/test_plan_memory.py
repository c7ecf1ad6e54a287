"""A study that does not fit its devices is refused with a change that makes it fit."""

import copy
import json
import subprocess
import sys
from dataclasses import replace

import pytest
import yaml

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.environments.variables import is_dry_run
from scripts.plan.memory import plan_stages, summarize
from scripts.plan.memory_fixes import cheapest_fix, format_changes
from scripts.plan.model_sizes import extending_mib, loading_mib, model_shape
from scripts.plan.stage_memory import GIB, measure_stage
from scripts.study.parse_study import load_study
from scripts.study.run import Run
from scripts.tokenizer.piece_model import list_pieces, read_model
from tests.support.pieces import train_model
from tests.support.shapes import BF16, LLAMA_7B, LLAMA_13B

DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
CONFIG = {
    "model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32,
    "intermediate_size": 11008, "vocab_size": 32000, "tie_word_embeddings": False,
}  # fmt: skip


def study(base=None, batch: int = 128, **run):
    """Return the default study, its stages in bf16 with other settings of `run`."""
    settings = copy.deepcopy(DEFAULT)
    settings["run"] = {"micro_batch": 4} | run
    settings["base"] = base or settings["base"]
    for recipe in settings["recipes"].values():
        recipe |= {"precision": "bf16", "batch": batch, "length": 512}
    return load_study(settings, "study.yaml")


@pytest.fixture
def llama(tmp_path):
    """The base of a study: a folder with LLaMA-7B's config and no weights."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / "tokenizer.json").touch()
    return {"from": str(tmp_path), "format": "brief"}


def test_every_stage_is_planned_with_its_own_vocabulary(llama):
    stages = {
        stage.model: stage for stage in plan_stages(study(llama, engine="deepspeed", devices=8))
    }
    assert list(stages) == ["x-smollm2-zh", "billa-pretrain", "billa-task", "billa-zh"]
    # 3,200 pieces more, a row of 4,096 numbers each, in two matrices, at two bytes.
    plain, extended = (stages[name].kinds["parameters"] for name in ("x-smollm2-zh", "billa-zh"))
    assert plain == 2 * 6_738_415_616
    assert extended - plain == 2 * 2 * 3200 * 4096


def test_extending_asks_for_a_matrix_and_not_for_the_model(llama):
    settings = study(llama)
    rows = 35_200  # 32,000 of LLaMA's and 3,200, padded
    asked = extending_mib(settings, "billa-extended", least=0)
    assert asked == 2 * 4 * rows * 4096 // 2**20
    assert 10 * asked < loading_mib(settings, "billa-extended", least=0)


def test_the_line_of_a_dry_run_names_the_largest_stage(llama):
    found = study(llama, engine="deepspeed", devices=8, device_memory=80)
    assert summarize(found) == (
        "memory: billa-pretrain needs 38.6 of 80 GiB a device (8 × deepspeed ZeRO-2)"
    )


def test_meta_and_hugging_face_folders_of_one_model_plan_alike(llama, tmp_path):
    meta = tmp_path / "meta"
    meta.mkdir()
    params = {"dim": 4096, "n_layers": 32, "n_heads": 32, "multiple_of": 256, "norm_eps": 1e-6}
    (meta / "params.json").write_text(json.dumps(params))
    for name in ("consolidated.00.pth", "tokenizer.model"):
        (meta / name).touch()
    other = study({"from": f"meta:{meta}", "format": "brief"}, engine="fsdp", devices=4)
    assert [stage.kinds for stage in plan_stages(other)] == [
        stage.kinds for stage in plan_stages(study(llama, engine="fsdp", devices=4))
    ]


RUN = Run(engine="deepspeed", zero=2, devices=8)


@pytest.mark.parametrize(
    ("shape", "run", "memory", "expected"),
    [
        (LLAMA_7B, {"micro_batch": 16}, 60, "micro_batch: 8"),
        (LLAMA_7B, {"micro_batch": 1}, 28, "gradient_checkpointing: true"),
        (LLAMA_7B, {"micro_batch": 1, "zero": 1, "gradient_checkpointing": True}, 28, "zero: 2"),
        (LLAMA_7B, {"micro_batch": 1, "gradient_checkpointing": True}, 20, "zero: 3"),
        (LLAMA_7B, {"engine": "ddp"}, 80, "engine: deepspeed, zero: 2"),
        (LLAMA_13B, {"zero": 3}, 16, "micro_batch: 2, offload: optimizer"),
        (LLAMA_13B, {"zero": 3}, 6, "offload: all"),
        (LLAMA_7B, {"engine": "fsdp", "gradient_checkpointing": True}, 16, "offload: all"),
        (LLAMA_7B, {"engine": "single", "devices": 1}, 40, "offload: optimizer"),
        (LLAMA_7B, {"offload": "all", "zero": 3, "micro_batch": 1}, 3, None),
    ],
)
def test_the_cheapest_change_that_fits_is_named(shape, run, memory, expected):
    run = replace(RUN, device_memory=memory, **run)

    def measure(settings):
        return measure_stage("x", shape, BF16, settings)

    assert not measure(run).fits(memory)
    changes = cheapest_fix(run, 128, measure)
    if expected is None:
        assert changes is None
        return
    assert expected in format_changes(changes)
    assert measure(replace(run, **changes)).fits(memory)
    # Nothing of it is needless.
    if len(changes) == 1:
        assert format_changes(changes) == expected


def test_more_devices_are_the_last_thing_asked_for():
    run = Run(engine="fsdp", gradient_checkpointing=True, micro_batch=1, devices=2, device_memory=8)

    # Offloading is not available here, as on a host without memory.
    def measure(settings):
        return measure_stage("x", LLAMA_7B, BF16, replace(settings, offload="none"))

    changes = cheapest_fix(run, 128, measure)
    assert changes["devices"] * changes.get("nodes", 1) > 8
    assert measure(replace(run, **changes)).total <= 8 * GIB


@pytest.mark.parametrize(
    ("batch", "run", "words"),
    [
        (
            128,
            {"devices": 8, "device_memory": 20},
            ["billa-pretrain needs 38.6 of 20 GiB", "zero: 3"],
        ),
        (128, {"devices": 6}, ["run.devices: 6 on each of 1", "devices: 4, or batch: 132"]),
        (4, {"devices": 8}, ["the 4 rows", "devices: 4, or batch: 8"]),
        (9, {"devices": 2, "nodes": 2}, ["2 on each of 2 nodes", "write batch: 12"]),
        (128, {"engine": "single", "devices": 8}, ["run.engine: found single with 8 devices"]),
    ],
)
def test_what_cannot_run_is_refused_in_a_line_with_the_fix(llama, batch, run, words):
    with pytest.raises(InputError) as error:
        summarize(study(llama, batch, **{"engine": "deepspeed"} | run))
    message = str(error.value)
    assert message.startswith("study.yaml: ") and "\n" not in message
    for word in words:
        assert word in message, message


def test_an_unknown_shape_stops_only_a_study_that_names_its_memory(tmp_path, llama):
    (tmp_path / "config.json").write_text("{}")
    assert summarize(study(llama)).startswith("memory: not planned (")
    with pytest.raises(InputError, match="found no shape"):
        summarize(study(llama, device_memory=80))


def call(*options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "scripts.plan.plan_memory", "--study", "config.yaml"]
    return subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True)


def test_the_command_prints_a_table_and_ends_with_a_line_where_it_does_not_fit():
    done = call("--device-memory", "16")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("yes") == 4
    done = call("--device-memory", "2.5")
    assert done.returncode == 1
    assert done.stderr.startswith("error: config.yaml: run.device_memory: billa-pretrain needs ")
    assert done.stderr.count("\n") == 1 and "the cheapest fix: run: {" in done.stderr


@pytest.mark.parametrize(
    ("options", "plans"),
    [
        (["-n"], True),
        (["-np", "all"], True),
        (["--dry-run"], True),
        (["all", "--cores", "2"], False),
    ],
)
def test_a_dry_run_is_told_by_its_options(options, plans):
    assert is_dry_run(options) == plans


def warm_study(base, **extend):
    """Return the default study with a warm-up between extending and the first stage."""
    settings = copy.deepcopy(DEFAULT)
    settings |= {"base": base, "run": {"engine": "fsdp", "devices": 2}}
    settings["models"]["billa-extended"]["extend"] = {"zh": extend or 3200}
    settings["recipes"]["warm"] = settings["recipes"]["pretrain"] | {"trains": "new_rows"}
    settings["models"]["billa-warm"] = {"from": "billa-extended", "recipe": "warm", "data": "zh"}
    settings["models"]["billa-pretrain"]["from"] = "billa-warm"
    return load_study(settings, "study.yaml")


def test_a_warm_up_has_gradients_and_moments_of_the_new_rows_alone(llama):
    stages = {stage.model: stage.kinds for stage in plan_stages(warm_study(llama))}
    warm, whole = stages["billa-warm"], stages["billa-pretrain"]
    rows = 2 * 3200 * 4096  # in two matrices
    assert (warm["gradients"], warm["optimizer"]) == (4 * rows / 2, 8 * rows / 2)
    assert warm["parameters"] == whole["parameters"] + 4 * rows / 2  # a copy of the rows
    assert sum(warm.values()) < sum(whole.values()) / 2


def test_the_pieces_of_a_ready_model_are_counted_where_its_file_is(llama, monkeypatch, tmp_path):
    places = tmp_path / "manual"
    monkeypatch.setenv("LINGRAFT_MANUAL", str(places))
    monkeypatch.delenv("LINGRAFT_MIRROR", raising=False)
    ready = {"model": "manual:zh.model", "policy": "all"}
    found = summarize(warm_study(llama, **ready))
    assert found.endswith(
        "; not counted: the pieces of models.billa-extended.extend.zh, whose file is not here"
    )
    model = train_model(places / "zh.model", size=500)
    pieces = list_pieces(read_model(model))
    study = warm_study(llama, **ready)
    assert "not counted" not in summarize(study)
    shape = model_shape(study, "billa-zh")
    assert shape.new == len(pieces) > 100
    assert shape.vocabulary == -(-(32000 + len(pieces)) // 64) * 64
