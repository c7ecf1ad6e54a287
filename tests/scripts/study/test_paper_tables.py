"""A study's `tables` map a paper's systems to models; a typo costs a line."""

import pytest

from scripts.common.errors import InputError
from scripts.study.paper_tables import find_places, load_tables, needed_scores, parse_tables

MODELS = ["base", "alpaca-en", "x-llama-zh", "x-llama-el"]
SYSTEMS = {"LLaMA-7B": "base", "x-LLaMA-7B": "x-llama-{language}"}


def test_a_language_in_a_models_name_is_the_columns():
    study = {"tables": {"x-llm-flores": SYSTEMS}}
    assert parse_tables(study, MODELS) == {"x-llm-flores": SYSTEMS}
    columns = ["flores_en-zh.bleu", "flores_zh-en.bleu", "flores_en-el.chrf", "text_en.bpb"]
    places = find_places(load_tables()["x-llm-flores"], SYSTEMS, columns, MODELS)
    assert needed_scores(places) == [
        ("base", "flores_en-zh.bleu"),
        ("x-llama-zh", "flores_en-zh.bleu"),
        ("base", "flores_zh-en.bleu"),
        ("x-llama-zh", "flores_zh-en.bleu"),
    ]


def test_every_gap_has_a_reason():
    places = find_places(load_tables()["x-llm-qa"], SYSTEMS, ["xquad_zh.f1"], MODELS)
    found = {(place.system, place.benchmark, place.panel.metric): place.reason for place in places}
    assert found["x-LLaMA-7B", "xquad_zh", "f1"] == ""
    assert "no model for this system" in found["Alpaca-7B", "xquad_zh", "f1"]
    assert "no model for this column" in found["x-LLaMA-7B", "xquad_hi", "f1"]
    assert "metrics of this benchmark" in found["x-LLaMA-7B", "xquad_zh", "em"]
    assert "not among the study's benchmarks" in found["LLaMA-7B", "mlqa_zh", "f1"]


def test_an_improvement_needs_the_earlier_systems_too():
    systems = {"Alpaca-7B": "alpaca-en", "x-LLaMA-7B": "x-llama-{language}"}
    table = load_tables()["x-llm-improvement"]
    parse_tables({"tables": {table.id: systems}}, MODELS)
    places = find_places(table, systems, ["xquad_zh.match"], MODELS)
    assert needed_scores(places) == [
        ("x-llama-zh", "xquad_zh.match"),
        ("alpaca-en", "xquad_zh.match"),
    ]


@pytest.mark.parametrize(
    ("table", "system", "model", "words"),
    [
        ("x-llm-flore", "LLaMA-7B", "base", ["tables: unknown table", "'x-llm-flores'"]),
        ("x-llm-qa", "Alpaca-7b", "base", ["tables.x-llm-qa: unknown system", "'Alpaca-7B'"]),
        (
            "x-llm-qa",
            "Alpaca-7B",
            "alpaca-n",
            ["tables.x-llm-qa.Alpaca-7B: unknown", "'alpaca-en'"],
        ),
        (
            "x-llm-qa",
            "x-LLaMA-7B",
            "x-lama-{language}",
            ["unknown model 'x-lama-zh'", "'x-llama-zh'"],
        ),
        ("billa-understanding", "BiLLa-7B-SFT", "x-{language}", ["no languages", "'x-{language}'"]),
    ],
)
def test_a_typo_costs_one_line_with_the_nearest_name(table, system, model, words):
    with pytest.raises(InputError) as error:
        parse_tables({"tables": {table: {system: model}}}, MODELS)
    for word in words:
        assert word in str(error.value)
    assert "\n" not in str(error.value)
