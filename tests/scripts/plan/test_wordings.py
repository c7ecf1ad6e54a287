"""Wordings are an input of the jobs that ask by them, and of no other."""

from scripts.plan import data, train, wordings
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
