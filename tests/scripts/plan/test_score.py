"""What a metric and a judge are told, and in which environment each runs."""

import pytest
import yaml

from scripts.common.files import ROOT
from scripts.environments.locks import environment_names
from scripts.plan import convert, environments, judge, score, tables
from scripts.plan.machine import Machine
from scripts.study.parse_study import load_study
from tests.support.studies import JUDGE, default_study

STUDY = default_study()
PLAIN = Machine(on_cluster=False, deploys=False, cores=2, gpus=0, memory_mib=24_000)
CONDA = Machine(on_cluster=False, deploys=True, cores=2, gpus=0, memory_mib=24_000)


def test_a_metric_is_told_the_languages():
    options = " ".join(score.metric_options(STUDY, "bleu", "ui_en-zh"))
    assert options == "--source-language en --target-language zh --tokenize zh"


def test_a_metric_that_counts_in_pieces_gets_their_model():
    (model,) = score.metric_pieces(STUDY, "spbleu")
    options = score.metric_options(STUDY, "spbleu", "ui_en-zh")
    assert options[options.index("--sentencepiece") + 1] == model
    assert score.metric_pieces(STUDY, "bleu") == []


@pytest.mark.parametrize("metric", ["comet", "bleurt", "bertscore"])
def test_a_neural_metrics_weights_are_named_file_by_file(metric):
    files = score.weight_files(STUDY, metric)
    options = score.weight_options(STUDY, metric)
    assert files and options.count("--file") == len(files)
    assert [word.partition("=")[2] for word in options if "=results/" in word] == files


def test_a_variant_is_compared_with_what_it_varies():
    assert score.rival(STUDY, "billa-zh") == "base"
    assert score.rival(STUDY, "billa-pretrain.mean") == "billa-pretrain"
    columns = ["text_zh.bpb", "text_en.bpb"]
    assert score.rival_scores(STUDY, "billa-pretrain.mean") == [
        f"results/billa-pretrain/{column}" for column in columns
    ]
    assert score.compared_records(STUDY, "billa-zh")[0].startswith("results/records/base/ui_en-zh.")


def test_a_model_of_papers_tables_alone_is_compared_where_they_show_it():
    settings = yaml.safe_load((ROOT / "configs/billa-7b.yaml").read_text(encoding="utf-8"))
    settings["compare"].remove("billa-sft")
    study = load_study(settings, "billa-7b.yaml")
    assert study.main == "billa-sft"
    columns = tables.compared_columns(study, "billa-sft")
    assert set(columns) < set(tables.columns(study))
    everywhere = tables.compared_columns(study, "billa-stage1")
    assert everywhere == tables.columns(study)


def test_what_changes_a_judgement_is_a_parameter_and_nothing_else():
    one = default_study(score={"judge": JUDGE})
    other = default_study(
        score={"judge": JUDGE | {"base_url": "http://other/v1", "concurrency": 9, "timeout": 5}}
    )
    assert judge.judge_options(one) == judge.judge_options(other)
    assert judge.judge_options(one)[-2:] == ["--wording", "brief"]
    assert judge.judge_options(STUDY) == judge.prompt_files(STUDY) == []
    samples = default_study(score={"judge": JUDGE | {"samples": 2}})
    assert judge.judge_options(samples) != judge.judge_options(one)


def test_a_published_judge_is_asked_with_its_own_prompts():
    study = default_study(score={"judge": JUDGE | {"prompts": "billa"}})
    prompts, reviewers = judge.prompt_files(study)
    options = judge.judge_options(study)
    assert options[options.index("--prompts") + 1] == prompts
    assert options[options.index("--reviewers") + 1] == reviewers
    assert options[-2:] == ["--tuple", "math"] and "--wording" not in options


def test_with_conda_no_environment_is_waited_for(monkeypatch, tmp_path):
    monkeypatch.setenv("LINGRAFT_ENVIRONMENTS", str(tmp_path / "a {b}"))
    assert environments.ready_files("comet", CONDA) == []
    assert environments.python_command(CONDA) == "python"
    (file,) = environments.ready_files("comet", PLAIN)
    assert file.endswith("/environment.json") and file.split("/")[-2] in environments.locks()
    assert "{input.environment:q}" in environments.python_command(PLAIN)


def test_a_neural_metric_has_an_environment():
    neural = [name for name, entry in STUDY.registry.metrics.items() if "checkpoint" in entry]
    libraries = {score.library(STUDY, metric) for metric in neural}
    assert libraries == set(environment_names()) - {
        "gguf",
        "lm-eval",
        "vllm",
    }  # which score nothing here
    for metric in neural:
        scripts = STUDY.registry.metrics[metric]["tasks"].values()
        assert all(map(score.is_neural, scripts)) and not any(map(score.is_module, scripts))


def test_a_study_that_moves_with_its_cache_has_the_same_paths(monkeypatch, tmp_path):
    found = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setenv("LINGRAFT_ENVIRONMENTS", str(folder / "cache"))
        found.append((environments.ready_pattern(), environments.ready_files("bleurt", PLAIN)))
    assert found[0] == found[1] and found[0][0].startswith("cache/{environment}/")


def test_the_base_is_imported_from_the_registry_or_from_a_folder(tiny_model):
    options = convert.base_options(STUDY)
    assert options[:2] == ["--form", "gguf"]
    assert convert.base_inputs(STUDY)[0] == options[3]
    own = default_study(base={"from": str(tiny_model), "format": "brief"})
    assert convert.base_options(own) == ["--form", "hf", "--raw", str(tiny_model)]
    assert str(tiny_model / "config.json") in convert.base_inputs(own)
    assert 4000 <= convert.import_mib(own) < 4100 < convert.import_mib(STUDY)


def test_x_llms_judge_is_asked_in_the_wordings_of_its_scripts():
    written = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    written["score"] = {"judge": JUDGE | {"prompts": "x-llm", "orders": "one"}}
    study = load_study(written, "config.yaml")
    (pair,), (answer,) = judge.prompt_files(study), judge.question_files(study)
    assert pair.endswith("/eval/mieval.eval.py") and answer.endswith("/eval/xquad.eval.py")
    assert judge.judge_options(study)[-2:] == ["--script", pair]
    assert judge.question_options(study)[-2:] == ["--script", answer]


@pytest.mark.parametrize("prompts", ["brief", "billa"])
def test_other_judges_ask_our_own_question_of_one_answer(prompts):
    written = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    written["score"] = {"judge": JUDGE | {"prompts": prompts}}
    study = load_study(written, "config.yaml")
    assert judge.question_options(study)[-2:] == ["--wording", "brief"]
    assert judge.question_files(study) == []
