"""Which tables a study has, what each is made of, and what the report shows."""

import json

import pytest
import yaml

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.plan import report, tables
from scripts.study.parse_study import load_study
from tests.support.studies import JUDGE, default_study

STUDY = default_study()


@pytest.fixture(scope="module")
def paper():
    """The study of a paper."""
    settings = yaml.safe_load((ROOT / "configs/billa-7b.yaml").read_text(encoding="utf-8"))
    return load_study(settings, "billa-7b.yaml")


def test_the_default_study_has_two_tables():
    assert tables.table_names(STUDY) == ["main", "tokenizer"]
    assert tables.columns(STUDY)[0].startswith("ui_en-zh.")
    assert tables.rivals(STUDY) == ["x-smollm2-zh", "billa-zh"]


def test_a_paper_tables_files_are_those_of_its_models(paper):
    found = tables.paper_tables(paper)
    assert found
    for table in found.values():
        scores = tables.paper_scores(paper, table)
        assert scores and len(scores) == len(set(scores))
        compared = {
            model: [column for name, column in tables.paper_pairs(paper, table) if name == model]
            for model, _ in tables.paper_pairs(paper, table)
            if model != paper.baseline
        }
        assert tables.paper_comparisons(paper, table) == [
            f"results/comparisons/{model}.jsonl" for model in compared
        ]
        for model, columns in compared.items():
            assert set(columns) <= set(tables.compared_columns(paper, model))
        for row in tables.paper_systems(paper, table):
            assert row.partition("=")[0] in table.systems


def test_an_ablation_compares_each_variant_with_what_it_varies():
    assert tables.ablation_tables(STUDY) == ["embedding_init"]
    scores = tables.embedding_init_scores(STUDY)
    assert len(scores) == 2 * (1 + 2 * 5) and all(path.endswith(".bpb") for path in scores)
    comparisons = tables.embedding_init_comparisons(STUDY)
    assert len(comparisons) == 2 * 4
    assert all(".mean" in path or ".subtokens_" in path or ".focus" in path for path in comparisons)
    columns = tables.compared_columns(STUDY, "billa-pretrain.mean")
    assert columns == ["text_zh.bpb", "text_en.bpb"]
    options = tables.embedding_init_options(STUDY)
    assert "subtokens=billa-extended,billa-pretrain" in options
    without = default_study(embedding_init=None)
    assert tables.ablation_tables(without) == []
    with pytest.raises(InputError, match="embedding_init"):
        tables.embedding_init_scores(without)


def test_judged_benchmarks_and_published_reviews_have_tables():
    benchmarks = {"billa-eval_zh": {"metrics": ["judge"]}}
    study = default_study(benchmarks=benchmarks, score={"judge": JUDGE})
    assert tables.review_tables(study) == [
        "reviews/x-smollm2-zh/billa-eval_zh",
        "reviews/billa-zh/billa-eval_zh",
        "billa_reviews_zh",
    ]
    assert tables.review_file(study, "billa", "zh", "questions").startswith("results/raw/")
    assert tables.review_options(study, "billa", "zh")[:3] == [
        "--systems", "BiLLa-7B-SFT", "ChatGLM-6B",
    ]  # fmt: skip
    assert (ROOT / tables.review_figures(study, "billa")).is_file()


def test_the_report_shows_what_is_compared_and_where_it_comes_from():
    assert report.shown_stages(STUDY) == [
        "x-smollm2-zh",
        "billa-pretrain",
        "billa-task",
        "billa-zh",
    ]
    assert report.prediction_files(STUDY) == [
        f"results/predictions/{model}/ui_en-zh.jsonl" for model in STUDY.compare
    ]
    assert report.prediction_options(STUDY)[1] == f"base={report.prediction_files(STUDY)[0]}"
    assert report.token_files(STUDY) == ["results/tokens.jsonl"]
    assert report.log_options(STUDY).count("--speed-log") == 1
    assert report.meta_files(STUDY)[0] == "results/models/base.meta.json"
    sources = json.loads(report.source_facts(STUDY))
    assert all(source["sha256"] and source["licence"] for source in sources)
    assert sources[-1]["dataset"] == "base"


def test_an_ablation_is_in_the_report_where_the_study_wants_it():
    assert report.ablation_files(STUDY) == []
    shown = default_study(embedding_init={"report": True})
    assert report.ablation_files(shown) == ["results/tables/embedding_init.csv"]


def test_how_a_study_is_run_is_no_part_of_its_description():
    other = default_study(run={"devices": 2, "engine": "ddp"})
    assert STUDY.written == other.written
    assert json.loads(STUDY.written)["seed"] == 7


def test_a_study_without_an_extension_colours_nothing():
    few = default_study(
        models=dict.fromkeys(("billa-extended", "billa-pretrain", "billa-task", "billa-zh")),
        compare=["base", "x-smollm2-zh"],
        embedding_init=None,
    )
    assert report.token_files(few) == [] and tables.shown_tokenizers(few) == ["base"]
    assert tables.tokenizer_folders(few) == ["base=results/models/base"]
