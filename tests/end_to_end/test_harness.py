"""lm-evaluation-harness as benchmarks of a study; on C3 it and we agree question by question.

Its environment is created on demand (`make envs`); without it these tests skip.
"""

import csv
import json

import pytest

from scripts.common.files import read_json, read_jsonl, write_jsonl
from scripts.environments.create_environment import DONE
from scripts.environments.locks import environment_folder
from scripts.study.prompts import load_prompts
from tests.support.mirror import has, raw_files
from tests.support.own_study import run
from tests.support.registered import load
from tests.support.tiny_study import prepare_folder

pytestmark = pytest.mark.skipif(
    not (environment_folder("lm-eval") / DONE).is_file(),
    reason="the environment lm-eval was not created (make envs)",
)

QUESTIONS = 64
STUDY = """\
name: bridge
base: {from: tiny-base, format: alpaca}
sources:
  short_zh: {url: short.jsonl, columns: {id: id, choices: choices, answer: answer}}
recipes:
  instruct: {objective: response, length: 256, batch: 4, steps: 2, learning_rate: 1.0e-2, too_long: truncate}
models:
  tuned: {from: base, recipe: instruct, data: everyday_zh}
main: tuned
compare: [base, tuned]
benchmarks:
  short_zh: {task: choice, list_choices: true}
  whole_zh: {task: choice, dataset: short, list_choices: true, answer: {rank_by: sum}}
  lm-eval/c3_as_ours: {tasks: tasks, language: zh, metrics: [accuracy, acc_norm, acc_bytes]}
infer: {dtype: float32}
"""  # noqa: E501
# By likelihood a byte, and by the whole; lm-evaluation-harness says both.
OURS, WHOLE, THEIRS = "short_zh", "whole_zh", "lm-eval-c3_as_ours_zh"


def word(text):
    """Return a form of prompts/formats.yaml as a template of the harness."""
    return text.replace("{instruction}", "{{instruction}}").replace("{input}", "{{input}}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study that asks the same questions by both programs, and its tables."""
    if not has("c3-d_zh"):
        pytest.skip("LINGRAFT_MIRROR does not name a folder with C3")
    folder = prepare_folder(tmp_path_factory.mktemp("harness") / "my study")
    questions = load("c3-d_zh", *raw_files("c3-d_zh"))
    questions.sort(key=lambda one: len(one["context"]) + sum(map(len, one["choices"])))
    write_jsonl(folder / "short.jsonl", questions[:QUESTIONS])
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    task = {
        "task": "c3_as_ours",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": f"{folder}/results/benchmarks/{OURS}.jsonl"}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": word(load_prompts("formats")["alpaca"]["prompt_with_input"]),
        "doc_to_choice": "choices",
        "doc_to_target": "answer",
        "target_delimiter": "",
        "metric_list": [{"metric": name} for name in ("acc", "acc_norm", "acc_bytes")],
        "metadata": {"version": 1.0},
    }
    (folder / "tasks").mkdir()
    (folder / "tasks/c3_as_ours.yaml").write_text(json.dumps(task), encoding="utf-8")
    run(folder, f"results/benchmarks/{OURS}.jsonl")
    run(folder, "all")
    return folder


@pytest.mark.parametrize("model", ["base", "tuned"])
def test_both_agree_question_by_question(folder, model):
    ours, theirs = (
        read_jsonl(folder / f"results/predictions/{model}/{name}.jsonl") for name in (OURS, THEIRS)
    )
    assert len(ours) == len(theirs) == QUESTIONS
    for mine, other in zip(ours, theirs, strict=True):
        assert mine["choices"] == other["choices"] and mine["answer"] == other["answer"]
        lengths = [len(choice.encode()) for choice in mine["choices"]]
        nats = [score * length for score, length in zip(mine["scores"], lengths, strict=True)]
        assert nats == pytest.approx(other["scores"], abs=1e-3)
        assert float(mine["prediction"] == mine["answer"]) == other["values"]["acc_bytes"]
        summed = nats.index(max(nats))
        assert summed == other["prediction"]
        assert float(summed == mine["answer"]) == other["values"]["acc"]
    for ours, metric in ((OURS, "acc_bytes"), (WHOLE, "accuracy")):
        mine = read_json(folder / f"results/{model}/{ours}.accuracy")
        other = read_json(folder / f"results/{model}/{THEIRS}.{metric}")
        assert mine["score"] == other["score"] and mine["interval"] == other["interval"]
    assert "|lm-eval:0.4.13|version:1.0|shots:0|filter:none|dtype:float32|" in other["signature"]


def test_its_scores_are_tested_and_tabulated_as_ours_are(folder):
    compared = {
        (line["benchmark"], line["metric"]): line
        for line in read_jsonl(folder / "results/comparisons/tuned.jsonl")
    }
    ours, theirs = compared[OURS, "accuracy"], compared[THEIRS, "acc_bytes"]
    assert ours["difference"] == theirs["difference"]
    assert (THEIRS, "acc_norm") in compared and (THEIRS, "accuracy") in compared
    with (folder / "results/tables/main.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["benchmark"] == THEIRS]
    assert {row["metric"] for row in rows} == {"accuracy", "acc_norm", "acc_bytes"}
    assert THEIRS in (folder / "results/report.html").read_text(encoding="utf-8")


def test_its_questions_are_held_out_from_training(folder):
    planned = run(folder, "results/clean/everyday_zh.parquet", "--dry-run", "--forceall")
    assert f"list the questions of {THEIRS}" in planned


def test_what_is_done_is_not_done_again(folder):
    assert "Nothing to be done" in run(folder, "all", "--dry-run")


def test_a_task_that_is_not_there_is_one_line(folder):
    study = (folder / "study.yaml").read_text().replace("lm-eval/c3_as_ours:", "lm-eval/c3_as_our:")
    (folder / "other.yaml").write_text(study)
    with pytest.raises(AssertionError, match="lm-eval/c3_as_our: no task or group of this name"):
        run(folder, "--dry-run", study="other.yaml")
