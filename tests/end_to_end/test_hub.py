"""A study whose base is a model of the hub, from the dry run to the imported model."""

import json
import shutil
import subprocess

import pytest
import yaml
from safetensors.torch import load_file

from scripts.common.files import read_json
from tests.support.hub import TOKEN, hub_environment, read_files, serve_hub
from tests.support.published_models import change_json, change_weights
from tests.support.tiny_study import STUDY, snakemake_command

RECORD = "results/raw/hf/org/tiny@main.json"


def snakemake(folder, hub, *options: str, **variables: str) -> subprocess.CompletedProcess:
    """Run the tiny study on the hub's model, with a cache in the folder."""
    command = snakemake_command("--configfile", "study.yaml", "--cores", "1", *options)
    environment = hub_environment(hub, folder / "home", **variables)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def write_study(folder, **base: str) -> None:
    settings = yaml.safe_load(STUDY.read_text(encoding="utf-8"))
    settings["base"] = {"from": "hf:org/tiny", "format": "chatml"} | base
    (folder / "study.yaml").write_text(json.dumps(settings))


def move_branch(hub, tiny_model, folder) -> str:
    """Give the branch a commit of another model; return its hash."""
    other = shutil.copytree(tiny_model, folder / "other")
    change_weights(other, lambda tensors: [tensor.zero_() for tensor in tensors.values()])
    change_json(other / "config.json", rope_theta=9)
    return hub.repositories["org/tiny"].commit(read_files(other))


@pytest.fixture(scope="module")
def runs(tiny_model, tmp_path_factory):
    """The folder of a study, and what Snakemake said: planned, ran, ran again, and so on."""
    folder = tmp_path_factory.mktemp("hub")
    write_study(folder)
    target, said = ("--", "results/models/base/stage.json"), {}
    with serve_hub() as hub:
        first = hub.add("org/tiny", read_files(tiny_model), gated=True).references["main"]
        said["refused"] = snakemake(folder, hub, "--dry-run", *target)
        said["planned"] = snakemake(folder, hub, "--dry-run", *target, HF_TOKEN=TOKEN)
        planned = hub.fetched()
        said["ran"] = snakemake(folder, hub, *target, HF_TOKEN=TOKEN)
        weights = load_file(folder / "results/models/base/model.safetensors")
        second = move_branch(hub, tiny_model, folder)
        said["moved"] = snakemake(folder, hub, *target)
        shutil.rmtree(folder / "results/models")
        asked = len(hub.asked)
        said["offline"] = snakemake(folder, hub, *target, HF_HUB_OFFLINE="1")
        quiet = len(hub.asked) == asked
        shutil.rmtree(folder / "results/models")
        shutil.rmtree(folder / "home")
        said["again"] = snakemake(folder, hub, *target, HF_TOKEN=TOKEN)
    return {"folder": folder, "said": said, "planned": planned, "weights": weights,
            "commits": (first, second), "quiet": quiet}  # fmt: skip


def test_every_run_succeeds_but_the_one_without_access(runs):
    codes = {name: done.returncode for name, done in runs["said"].items()}
    for name in set(codes) - {"refused"}:
        assert codes[name] == 0, runs["said"][name].stderr[-3000:]
    assert codes["refused"] == 1
    line = runs["said"]["refused"].stderr.strip().splitlines()[-1]
    assert line.startswith("error: study.yaml: hf:org/tiny: its authors give access on request")


def test_a_dry_run_fetches_the_config_alone_and_plans_the_memory(runs):
    assert runs["planned"] == ["config.json"]
    said = runs["said"]["planned"]
    assert "memory: " in said.stderr and "not planned" not in said.stderr
    assert "fetch_model" in said.stdout and not (runs["folder"] / "results/raw/org").exists()


def test_the_imported_model_names_repository_and_commit(runs):
    stage = read_json(runs["folder"] / "results/models/base/stage.json")
    source = stage["source"]
    assert (source["repository"], source["commit"]) == ("org/tiny", runs["commits"][0])
    assert set(source) == {"repository", "commit", "files"}


def test_a_branch_that_moves_changes_nothing(runs):
    assert "Nothing to be done" in runs["said"]["moved"].stderr + runs["said"]["moved"].stdout
    assert read_json(runs["folder"] / RECORD)["commit"] == runs["commits"][0]


def test_what_is_imported_again_is_the_same(runs):
    """Offline from the cache, and at last with the cache removed and the branch elsewhere."""
    assert runs["quiet"]
    weights = load_file(runs["folder"] / "results/models/base/model.safetensors")
    assert weights.keys() == runs["weights"].keys()
    assert all(weights[name].equal(tensor) for name, tensor in runs["weights"].items())


def test_the_token_is_nowhere(runs):
    for done in runs["said"].values():
        assert TOKEN not in done.stdout + done.stderr
    files = [path for path in runs["folder"].rglob("*") if path.is_file()]
    assert any(path.name == "tiny@main.json.log" for path in files)
    assert all(TOKEN.encode() not in path.read_bytes() for path in files)
