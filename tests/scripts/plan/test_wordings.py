"""Wordings are an input of the jobs that ask by them, and of no other."""

import re
import shutil

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
    before = {script: wordings.texts_of(script) for script in wordings.READ}
    monkeypatch.setattr(prompts, "ROOT", tmp_path)
    for name, script in (("formats", "release_model"), ("judge", "judge_answers")):
        path = tmp_path / "prompts" / f"{name}.yaml"
        path.write_text("# Another comment.\n" + path.read_text(encoding="utf-8"))
        prompts.load_prompts.cache_clear()
        assert wordings.texts_of(script) == before[script]
        path.write_text(path.read_text(encoding="utf-8").replace("Human", "Person") + "more: {}\n")
        prompts.load_prompts.cache_clear()
        assert wordings.texts_of(script) != before[script]
    assert wordings.texts_of("pack_examples") != before["pack_examples"]
    assert wordings.texts_of("build_benchmark") == before["build_benchmark"]
    prompts.load_prompts.cache_clear()


def test_every_job_that_asks_has_its_texts_as_a_parameter():
    rules = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("rules/*.smk"))
    for script in wordings.READ:
        started = [text for text in re.split(r"^rule ", rules, flags=re.M) if f'.{script}"' in text]
        assert started, script
        assert all(f'prompts=plan.wordings.texts_of("{script}")' in text for text in started), (
            script
        )
