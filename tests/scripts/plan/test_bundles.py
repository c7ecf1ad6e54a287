"""One job makes a model's files for all benchmarks, unless only single ones are asked for."""

from pathlib import Path

import pytest

from scripts.plan import bundles
from tests.support.studies import default_study

STUDY = default_study()
MODELS = list(STUDY.compare)


@pytest.mark.parametrize(
    ("target", "single"),
    [
        ("results/base/ui_en-zh.bleu", True),
        ("results/flores_en-zh.spbleu", True),
        ("results/predictions/base/ui_en-zh.jsonl", True),
        ("results/records/base/ui_en-zh.bleu.jsonl", True),
        ("results/judgements/x/vicuna_en.jsonl", True),
        ("./results/base/../base/ui_en-zh.bleu", True),
        ("results/comparisons/base.jsonl", False),
        ("results/tables/main.md", False),
        ("results/report.html", False),
        ("results/tokens.jsonl", False),
        ("results/models/base/stage.json", False),
        ("all", False),
    ],
)
def test_a_single_target_is_of_one_benchmark(target, single):
    assert bundles.is_single(STUDY, target) == single


def test_one_job_answers_all_unless_only_single_files_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    score, other = "results/base/ui_en-zh.bleu", "results/gloss_zh.accuracy"
    # A job's own process has no targets.
    for targets in ([], ["all"], [score, "all"], ["results/tables/main.md"]):
        assert bundles.answering_models(STUDY, targets) == MODELS
        assert bundles.scoring_models(STUDY, targets) == MODELS
    for targets in ([score], [score, other]):
        assert bundles.answering_models(STUDY, targets) == []
        assert bundles.scoring_models(STUDY, targets) == []


def test_a_jobs_own_process_makes_what_was_planned():
    single = ["score_predictions:model=base,benchmark=ui_en-zh,metric=bleu"]
    assert bundles.scoring_models(STUDY, single) == [name for name in MODELS if name != "base"]
    assert bundles.answering_models(STUDY, single) == MODELS
    # One more score of a model, beside those of all benchmarks of the study.
    assert bundles.scoring_models(STUDY, [*single, "score_benchmarks:model=base"]) == MODELS
    assert bundles.answering_models(STUDY, ["answer_benchmark:model=base,benchmark=b"]) != MODELS


def touch(path: str) -> None:
    """Make an empty file."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch()


def test_what_one_job_made_for_all_is_still_its(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    target, files = ["results/base/ui_en-zh.bleu"], bundles.answers(STUDY, "base")
    for path in files:
        touch(path)
    # One by one, by jobs of their own: another rule would make them again.
    assert bundles.answering_models(STUDY, target) == []
    touch("results/timings/answer_benchmarks/base.tsv")
    assert bundles.answering_models(STUDY, target) == ["base"]
    assert bundles.scoring_models(STUDY, target) == []
    Path(files[0]).unlink()
    assert bundles.answering_models(STUDY, target) == []


def test_judged_scores_are_no_part_of_it():
    judge = {"model": "j", "base_url": "http://h/v1"}
    study = default_study(benchmarks={"vicuna_en": {"metrics": ["judge"]}}, score={"judge": judge})
    assert "results/predictions/{model}/vicuna_en.jsonl" in bundles.answers(study)
    assert not any("vicuna_en" in path for path in bundles.scores(study))
    assert len(bundles.scores(study)) == len(bundles.records(study)) == 9


def test_a_neural_metric_scores_the_benchmarks_that_all_of_them_score():
    assert bundles.neural_metrics(STUDY) == [] and bundles.neural_records(STUDY) == []
    assert bundles.neural_scores(STUDY) == ["results/{model}/none.{metric}"]
    both = ["bleu", "comet", "bertscore"]
    study = default_study(
        benchmarks={"ui_en-zh": {"metrics": both}, "ui_zh-en": {"metrics": ["comet"]}}
    )
    assert bundles.neural_metrics(study) == ["comet", "bertscore"]
    assert bundles.neural_scores(study) == ["results/{model}/ui_en-zh.{metric}"]
    assert "results/{model}/ui_en-zh.comet" not in bundles.scores(study)
