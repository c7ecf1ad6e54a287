"""Wordings are an input of the jobs that ask by them, and of no other."""

import re
import shutil

import pytest

from scripts.common.files import ROOT
from scripts.plan import data, train, wordings
from scripts.study import prompts
from tests.support.studies import default_study

STUDY, ROTATING = default_study(), default_study(prompts="rotating")
FILE = "results/wordings/rotating.json"


def test_the_default_changes_no_job():
    assert wordings.chosen(STUDY) == []
    assert "--wordings" not in data.benchmark_options(STUDY, "ui_en-zh")
    assert "--wordings" not in train.packing_options(STUDY, "x-smollm2-zh")


def test_translations_and_answers_are_asked_by_them():
    assert wordings.benchmark_wordings(ROTATING, "ui_en-zh") == [FILE]
    assert wordings.benchmark_wordings(ROTATING, "xquad_zh") == [FILE]
    assert wordings.benchmark_wordings(ROTATING, "gloss_zh") == []
    assert f"--wordings {FILE}" in " ".join(data.benchmark_options(ROTATING, "ui_en-zh"))


def test_stages_with_pairs_are_trained_by_them():
    assert wordings.training_wordings(ROTATING, "x-smollm2-zh") == [FILE]
    alone = default_study(prompts="rotating", models={"x-smollm2-zh": {"data": "everyday_zh"}})
    assert wordings.training_wordings(alone, "x-smollm2-zh") == []
    assert f"--wordings {FILE}" in " ".join(train.packing_options(ROTATING, "x-smollm2-zh"))


def test_a_set_is_read_out_of_its_raw_files():
    (first, second) = wordings.wordings_inputs(STUDY, "billa")
    assert first.startswith("results/raw/raw.githubusercontent.com/Neutralzz/BiLLa/")
    options = wordings.wordings_options(STUDY, "billa")
    assert options[:2] == ["--form", "lines"] and "--drawn" in options
    assert f"en-zh={first}" in options and f"zh-en={second}" in options
    assert "--names" in wordings.wordings_options(STUDY, "x-llm")


def test_a_text_that_was_edited_repeats_the_jobs_that_ask_with_it(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "prompts", tmp_path / "prompts")
    jobs = (["--format", "billa"], ["--format", "chatml"])
    before = [wordings.texts_of(job, "tasks") for job in jobs]
    monkeypatch.setattr(prompts, "ROOT", tmp_path)
    for name, old, new, changed in (
        ("formats", "# BiLLa", "# Another comment than BiLLa", [False, False]),
        ("formats", "Human: {query}", "Person: {query}", [True, False]),
        ("tasks", "Translate from", "Put from", [True, True]),
    ):
        path = tmp_path / "prompts" / f"{name}.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        prompts.load_prompts.cache_clear()
        after = [wordings.texts_of(job, "tasks") for job in jobs]
        assert [old != new for old, new in zip(before, after, strict=True)] == changed
    prompts.load_prompts.cache_clear()


@pytest.mark.parametrize("file", ["data", "train", "infer", "release", "judge"])
def test_every_job_that_asks_has_its_texts_as_a_parameter(file):
    text = (ROOT / "rules" / f"{file}.smk").read_text(encoding="utf-8")
    asking = (
        "build_benchmark pack_examples answer_benchmarks release_model export_gguf judge_answers"
    )
    script = rf"scripts\.\w+\.({asking.replace(' ', '|')}|judge_correctness)\""
    started = [rule for rule in text.split("\nrule ") if re.search(script, rule)]
    assert started and all("prompts=" in rule.partition("params:")[2] for rule in started)
