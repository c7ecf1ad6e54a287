"""Rules of the harness's benchmarks: which options, which files, and who answers what."""

from dataclasses import replace

import pytest

from scripts.common.errors import InputError
from scripts.environments.locks import environment_folder
from scripts.plan import bundles, harness, infer, report, tables, texts
from scripts.study.parse_study import load_study
from scripts.study.yaml_file import read_yaml
from tests.support.tiny_study import STUDY

NAME = "lm-eval-mine_zh"


@pytest.fixture
def study(tmp_path, monkeypatch, tiny_model):
    (tmp_path / "tiny-base").symlink_to(tiny_model)
    (tmp_path / "my tasks").mkdir()
    (tmp_path / "my tasks/mine.yaml").touch()
    monkeypatch.chdir(tmp_path)
    written = {"tasks": "my tasks", "language": "zh", "shots": 2, "limit": 9, "filter": "last"}
    written |= {"metrics": ["accuracy", "acc_norm"], "chat_template": True}
    benchmarks = {"text_zh": {}, "lm-eval/mine": written}
    return load_study(read_yaml(STUDY) | {"benchmarks": benchmarks}, str(tmp_path / "study.yaml"))


def test_listing_asks_for_the_metrics_and_for_nothing_of_a_model(study, tmp_path):
    folder = str(tmp_path / "my tasks")
    task = ["--harness-task", "mine", "--tasks", folder, "--filter", "last"]
    assert harness.listing_options(study, NAME) == [*task, "--metrics", "accuracy", "acc_norm"]
    assert harness.task_files(study, NAME) == [f"{folder}/mine.yaml"]


def test_asking_has_the_studys_batch_and_sample(study):
    words = " ".join(harness.asking_options(study, NAME))
    assert f"--shots 2 --chat-template --batch-size {study.infer.batch}" in words
    assert words.endswith(f"--limit 9 --seed {study.seed}") and "--metrics" not in words


def test_the_harness_answers_its_benchmarks_and_we_score_all(study):
    assert infer.asked_here(study) == ["text_zh"]
    assert bundles.answers(study, "base") == ["results/predictions/base/text_zh.jsonl"]
    assert bundles.predictions(study, "base")[1] == f"results/predictions/base/{NAME}.jsonl"
    assert f"results/base/{NAME}.acc_norm" in bundles.scores(study, "base")
    assert NAME not in " ".join(infer.answering_work(study, "base"))


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """An environment with two tasks of the harness."""
    monkeypatch.setenv("LINGRAFT_ENVIRONMENTS", str(tmp_path / "environments"))
    folder = environment_folder("lm-eval") / "lib/python3.11/site-packages/lm_eval/tasks/arc"
    folder.mkdir(parents=True)
    (folder / "arc_easy.yaml").write_text("tag: [ai2_arc]\ntask: arc_easy\n")
    (folder / "arc_challenge.yaml").write_text("include: arc_easy.yaml\ntask: arc_challenge\n")


def rename(study, task, folder=None):
    found = replace(study.harness[NAME], task=task, folder=folder)
    return replace(study, harness={NAME: found})


def test_a_task_that_no_file_names_is_told_before_anything_runs(study, installed, tmp_path):
    for task in ("arc_easy", "ai2_arc"):
        harness.check_tasks(rename(study, task))
    (tmp_path / "my tasks/mine.yaml").write_text("task: mine\n")
    harness.check_tasks(rename(study, "mine", tmp_path / "my tasks"))
    message = "benchmarks.lm-eval/arc_challange: no task .*; did you mean 'arc_challenge'"
    with pytest.raises(InputError, match=message):
        harness.check_tasks(rename(study, "arc_challange"))
    with pytest.raises(InputError, match="lm-eval/arc: no task or group of this name"):
        harness.check_tasks(rename(study, "arc"))
    listed = tmp_path / f"results/benchmarks/{NAME}.jsonl"
    listed.parent.mkdir(parents=True)
    listed.touch()
    harness.check_tasks(rename(study, "arc"))  # it was there when its questions were listed


def test_without_the_environment_no_task_is_looked_for(study, tmp_path, monkeypatch):
    monkeypatch.setenv("LINGRAFT_ENVIRONMENTS", str(tmp_path / "environments"))
    harness.check_tasks(rename(study, "arc_challange"))


def test_a_study_of_the_harness_alone_has_no_texts_and_bundles_no_answers(study):
    assert not any("lm-eval" in word for row in texts.measured_texts(study) for word in row)
    alone = replace(study, benchmarks=study.benchmarks[1:], compare=("base",), texts={})
    assert bundles.answers(alone) == [bundles.NO_FILE]
    assert tables.table_names(alone) == ["main"] and report.tokenizer_files(alone) == []
