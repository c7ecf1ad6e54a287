"""Benchmarks that come in several languages are compared with one another, once."""

import pandas as pd
import pytest

from scripts.report.families import charted_columns
from scripts.report.sections.languages import show_languages
from scripts.tables.main_table import COLUMNS

COLOURS = {"base": "#888888", "x-zh": "#0077bb"}
SCORES = {"base": 5.0, "x-zh": 9.0}


def make_table(*columns: str) -> pd.DataFrame:
    """Return a main table of two models."""
    rows = [
        {"model": model, "benchmark": column.split(".")[0], "metric": column.split(".")[1]}
        | {"score": score, "low": score - 1, "high": score + 1, "baseline": "base"}
        for model, score in SCORES.items()
        for column in columns
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.fixture
def table() -> pd.DataFrame:
    pairs = [f"flores_{name}.bleu" for name in ("en-zh", "en-el", "en-ar", "zh-en")]
    return make_table(*pairs, "flores_en-zh.chrf", "text_en.bpb")


def test_three_languages_make_a_chart_and_leave_the_panels_of_their_own(table):
    section = show_languages(table, COLOURS)
    assert [chart["title"] for chart in section["dots"]] == ["flores from English, BLEU"]
    figure = section["figures"]["languages-0"]
    assert figure["layout"]["yaxis"]["ticktext"] == ["zh", "el", "ar"]
    assert [trace["name"] for trace in figure["data"]] == ["base", "x-zh"]
    bars = figure["data"][1]["error_x"]
    assert (bars["array"], bars["arrayminus"]) == ([1, 1, 1], [1, 1, 1])
    assert charted_columns(table) == {(f"flores_en-{code}", "bleu") for code in ("zh", "el", "ar")}


def test_directions_make_a_matrix_a_model_on_one_scale(table):
    section = show_languages(table, COLOURS)
    (matrix,) = section["matrices"]  # chrF has one direction
    assert [chart["model"] for chart in matrix["charts"]] == list(SCORES)
    heat = section["figures"]["matrix-0-1"]["data"][0]
    assert (heat["y"], heat["x"]) == (["en", "zh"], ["en", "zh", "el", "ar"])
    assert heat["z"] == [[None, 9.0, 9.0, 9.0], [9.0, None, None, None]]
    assert heat["text"][1] == ["9.0", "", "", ""]
    assert (heat["zmin"], heat["zmax"]) == (5.0, 9.0)


def test_a_study_of_one_language_has_no_such_section():
    assert show_languages(make_table("flores_en-zh.bleu", "text_zh.bpb"), COLOURS) is None


def test_a_missing_score_is_an_empty_cell_and_no_dot(table):
    table = table[~((table["model"] == "x-zh") & (table["benchmark"] == "flores_en-el"))].copy()
    table.loc[table["benchmark"] == "flores_en-ar", "score"] = None  # nothing could be scored
    figures = show_languages(table, COLOURS)["figures"]
    assert len(figures["languages-0"]["data"][1]["x"]) == 1
    assert figures["matrix-0-1"]["data"][0]["z"][0] == [None, 9.0, None, None]
