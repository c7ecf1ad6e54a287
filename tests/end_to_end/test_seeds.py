"""A study with two seeds and a grid runs to its table: what is shared is made once."""

import csv
import json
import re
from statistics import mean, stdev

import pytest

from scripts.common.files import read_json, sha256
from tests.support.own_study import run
from tests.support.tiny_study import prepare_folder

STUDY = """\
name: seeds
seed: 3
base: {from: tiny-base, format: chatml}
recipes:
  short: {objective: response, length: 128, batch: 4, steps: 4, learning_rate: 1.0e-3}
models:
  first: {from: base, recipe: short, data: "everyday_en[0:60]", seeds: [3, 4]}
  tuned: {from: first, recipe: short, data: everyday_zh, grid: {learning_rate: [1e-3, 2e-3]}}
main: tuned
compare: [base, tuned]
benchmarks: {text_zh: {limit: 4}}
score: {resamples: 100, trials: 100}
infer: {batch: 8, window: 128, dtype: float32}
run: {threads: 1, infer_threads: 1}
"""
TRAINED = ["first", "first-s4", "tuned", "tuned-lr2e-3", "tuned-lr2e-3-s4", "tuned-s4"]
NAME = "text_zh.bpb"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the finished study."""
    folder = prepare_folder(tmp_path_factory.mktemp("seeds"))
    (folder / "study.yaml").write_text(STUDY)
    told = run(folder, "results/tables/main.md")
    assert sorted(set(re.findall(r": train (\S+)$", told, re.M))) == TRAINED
    return folder


def test_each_seed_and_value_is_trained_and_rows_are_packed_once_a_seed(folder):
    results = folder / "results"
    assert sorted(path.parent.name for path in results.glob("packed/*/rows.arrow")) == [
        "first", "first-s4", "tuned", "tuned-s4",
    ]  # fmt: skip
    stages = {name: read_json(results / f"models/{name}/stage.json") for name in TRAINED}
    seeds = {name: stage["recipe"]["seed"] for name, stage in stages.items()}
    assert seeds == {name: 4 if name.endswith("-s4") else 3 for name in TRAINED}
    rates = {name: stage["recipe"]["learning_rate"] for name, stage in stages.items()}
    assert [name for name, rate in rates.items() if rate == 2e-3] == TRAINED[3:5]
    weights = {sha256(results / f"models/{name}/model.safetensors") for name in TRAINED}
    assert len(weights) == len(TRAINED)


def test_the_table_has_a_row_a_value_with_mean_and_deviation_over_seeds(folder):
    with (folder / "results/tables/main.csv").open() as stream:
        rows = {row["model"]: row for row in csv.DictReader(stream) if row["metric"] == "bpb"}
    assert list(rows) == ["base", "tuned", "tuned-lr2e-3"]
    for name in ("tuned", "tuned-lr2e-3"):
        both = [
            read_json(folder / f"results/{one}/{NAME}")["score"] for one in (name, f"{name}-s4")
        ]
        assert float(rows[name]["score"]) == both[0]
        assert float(rows[name]["seed_mean"]) == pytest.approx(mean(both))
        assert float(rows[name]["seed_deviation"]) == pytest.approx(stdev(both))
        assert stdev(both) > 0
        assert rows[name]["seeds"] == "3 4"
    page = (folder / "results/tables/main.md").read_text(encoding="utf-8")
    assert len(re.findall(r"\d ± \d", page)) == 2 * 2
    assert "(tuned: 3, 4; tuned-lr2e-3: 3, 4)" in page


def test_a_third_seed_trains_nothing_again(folder):
    text = STUDY.replace("seeds: [3, 4]", "seeds: [3, 4, 5]")
    (folder / "more.yaml").write_text(text)
    told = run(folder, "--dry-run", "results/tables/main.md", study="more.yaml")
    trained = set(re.findall(r": train (\S+)$", told, re.M))
    assert trained == {"first-s5", "tuned-s5", "tuned-lr2e-3-s5"}
    assert "pack the training data of tuned-lr2e-3-s5" not in told


def test_the_written_study_is_as_it_was_given(folder):
    run(folder, "results/study.json")
    models = json.loads((folder / "results/study.json").read_text())["models"]
    assert models["first"]["seeds"] == [3, 4] and set(models) == {"first", "tuned"}
