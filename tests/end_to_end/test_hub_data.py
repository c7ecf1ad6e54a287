"""A study that trains on a data set of the hub, Parquet in two configs, to its card."""

import json
import shutil
import subprocess

import pytest

from scripts.common.files import read_json
from scripts.data.corpora import read_corpus
from tests.support.hub import TOKEN, hub_environment, serve_hub
from tests.support.hub_data import parquet, read_rows, talk_files
from tests.support.tiny_study import prepare_folder, snakemake_command

STUDY = """\
name: talk
base: {from: tiny-base, format: chatml}
sources:
  talk_en: {url: "hf:org/talk", columns: {instruction: question, output: meta.answer}}
  more_zh: {url: "hf:org/talk@main#zh/train", columns: {instruction: question, output: meta.answer}}
recipes:
  instruct: {objective: response, length: 256, batch: 4, steps: 6, learning_rate: 1.0e-3, too_long: truncate}
models:
  tuned: {from: base, recipe: instruct, data: {talk_en: 1, "more_zh[:50]": 1}}
main: tuned
benchmarks:
  gloss_zh: {limit: 4}
"""  # noqa: E501
RECORDS = "results/raw/hf/datasets/org"
CARD, SOURCES = "results/cards/tuned.md", "results/sources.json"


def run(folder, hub, *options: str, **variables: str) -> subprocess.CompletedProcess:
    """Run the study, with a cache of the hub's client in its folder."""
    command = snakemake_command("--configfile", "study.yaml", "--cores", "2", *options)
    environment = hub_environment(hub, folder / "home", **variables)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder of the study, and what Snakemake said: planned, ran, after the branch moved."""
    folder = prepare_folder(tmp_path_factory.mktemp("talk"))
    shared = (folder / "results/raw").resolve()
    (folder / "results/raw").unlink()
    # Records are the study's own; other raw files are those of the tests' cache.
    (folder / "results/raw").mkdir()
    for place in shared.iterdir():
        if place.name != "hf":
            (folder / "results/raw" / place.name).symlink_to(place, target_is_directory=True)
    (folder / "study.yaml").write_text(STUDY)
    said, files = {}, talk_files()
    with serve_hub() as hub:
        repository = hub.add("datasets/org/talk", files, gated=True)
        first = repository.references["main"]
        said["planned"] = run(folder, hub, "--dry-run", "--", CARD, SOURCES)
        asked = len(hub.asked)
        said["refused"] = run(folder, hub, "--", CARD, SOURCES)
        said["ran"] = run(folder, hub, "--", CARD, SOURCES, HF_TOKEN=TOKEN)
        repository.commit(files | {"zh/all.parquet": parquet(read_rows("en"))})
        said["moved"] = run(folder, hub, "--", CARD, SOURCES)
        shutil.rmtree(folder / "home")
        shutil.rmtree(folder / "results/corpora")
        said["again"] = run(folder, hub, "--", "results/corpora/more_zh.parquet", HF_TOKEN=TOKEN)
    return {"folder": folder, "said": said, "asked": asked, "commit": first}


def test_a_dry_run_needs_no_network(runs):
    assert runs["said"]["planned"].returncode == 0, runs["said"]["planned"].stderr
    assert "fetch hf:org/talk#zh/train" in runs["said"]["planned"].stdout
    assert runs["asked"] == 0


def test_without_access_the_job_ends_in_one_line(runs):
    assert runs["said"]["refused"].returncode == 1
    log = runs["folder"] / "results/logs/fetch_dataset/hf/datasets/org/talk@main.hub.json.log"
    assert log.is_file()
    assert "hf:org/talk: its authors give access on request: ask at " in (
        runs["said"]["refused"].stderr
    )


def test_the_study_trains_on_both_configs(runs):
    assert runs["said"]["ran"].returncode == 0, runs["said"]["ran"].stderr[-4000:]
    folder = runs["folder"]
    stage = read_json(folder / "results/models/tuned/stage.json")
    assert {"talk_en", "more_zh"} == set(stage["sources"])
    _, rows = read_corpus(folder / "results/corpora/more_zh.parquet")
    assert [row["output"] for row in rows] == [row["meta"]["answer"] for row in read_rows("zh")]
    meta = read_json(folder / "results/corpora/more_zh.parquet.meta.json")
    (record,) = meta["settings"]["hub"].values()
    assert (record["commit"], record["config"]) == (runs["commit"], "zh")


def test_report_and_card_have_the_commit(runs):
    sources = read_json(runs["folder"] / SOURCES)
    found = {one["dataset"]: one for one in sources if one["url"].startswith("hf:")}
    assert found.keys() == {"talk_en", "more_zh"}
    assert {one["commit"] for one in found.values()} == {runs["commit"]}
    assert {one["licence"] for one in found.values()} == {"cc-by-4.0"}
    card = (runs["folder"] / CARD).read_text()
    assert f"datasets/org/talk/tree/{runs['commit']}" in card and "cc-by-4.0" in card


def test_a_branch_that_moves_changes_nothing(runs):
    said = runs["said"]["moved"]
    assert "Nothing to be done" in said.stderr + said.stdout


def test_a_cache_that_is_lost_is_filled_with_the_same_commit(runs):
    assert runs["said"]["again"].returncode == 0, runs["said"]["again"].stderr[-4000:]
    _, rows = read_corpus(runs["folder"] / "results/corpora/more_zh.parquet")
    assert rows[0]["output"] == read_rows("zh")[0]["meta"]["answer"]


def test_the_token_is_nowhere(runs):
    for done in runs["said"].values():
        assert TOKEN not in done.stdout + done.stderr
    files = [path for path in runs["folder"].rglob("*") if path.is_file()]
    assert all(TOKEN.encode() not in path.read_bytes() for path in files)
    records = [json.loads(path.read_text()) for path in files if path.name.endswith(".hub.json")]
    assert len(records) == 2
