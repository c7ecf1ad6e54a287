"""A case is a target: one record by its id, whatever characters that has."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.plan import bundles
from scripts.plan.cases import Case, case_metrics, case_options, check_case, parse_case
from tests.support.studies import default_study

STUDY = default_study()


@pytest.mark.parametrize("name", ["1", "a b", "a/b", "x.case-1", "a.json", "床", "%2F", "-n", "'"])
def test_a_path_names_model_benchmark_and_id(name):
    case = parse_case(f"results/base/ui_en-zh.case-{name}.json")
    assert case == Case("base", "ui_en-zh", name)


@pytest.mark.parametrize(
    "path",
    [
        "results/base/ui_en-zh.bleu",
        "results/base/ui_en-zh.case-.json",
        "results/ui_en-zh.case-1.json",
        "results/base/ui_en-zh.case-1.jsonl",
    ],
)
def test_other_paths_are_no_cases(path):
    assert parse_case(path) is None


def test_a_case_answers_its_benchmark_alone():
    assert bundles.is_single(STUDY, "./results/base/ui_en-zh.case-a/b.json")


def test_metrics_are_the_studys_or_a_benchmarks_own_that_need_no_environment():
    assert case_metrics(STUDY, "ui_en-zh") == list(STUDY.metrics["ui_en-zh"])
    own = STUDY.registry.benchmark("flores_en-zh").entry["metrics"]
    assert case_metrics(STUDY, "flores_en-zh") == [name for name in own if name != "comet"]
    options = case_options(STUDY, "base", "gloss_zh")
    scored = "accuracy=results/records/base/gloss_zh.accuracy.jsonl"
    assert options[options.index("--scored") + 1 :] == [scored]
    assert "--format" in options


def test_an_unknown_id_is_told_before_anything_runs_where_records_are_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    case = Case("base", "ui_en-zh", "wagtail-01")
    check_case(STUDY, case)  # nothing is there that could tell
    place = tmp_path / "results/benchmarks/ui_en-zh.jsonl"
    write_jsonl(place, [{"id": "wagtail-001"}, {"id": "a/b"}])
    check_case(STUDY, case._replace(id="a%2Fb"))
    with pytest.raises(InputError, match=r"no record 'wagtail-01'; did you mean 'wagtail-001'\?$"):
        check_case(STUDY, case)
    write_jsonl(tmp_path / "results/predictions/base/ui_en-zh.jsonl", [{"id": "wagtail-01"}])
    check_case(STUDY, case)


def test_what_the_harness_asks_is_no_case():
    study = default_study(benchmarks={"lm-eval/arc_easy": {}})
    with pytest.raises(InputError, match="is asked by lm-evaluation-harness; results/predictions"):
        check_case(study, Case("base", "lm-eval-arc_easy_en", "1"))


def test_an_id_too_long_for_a_files_name_is_one_line():
    with pytest.raises(InputError, match=r"^case 海海.*\.\.\.: an id of 300 bytes, a file's"):
        check_case(STUDY, Case("base", "ui_en-zh", "海" * 100))
