"""The page of answers has every model's answer to each record, its scores and what was right."""

import json
import re

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl, write_jsonl
from scripts.report.answer_data import (
    LONGEST,
    Answers,
    answer_of,
    cut,
    gather,
    list_references,
    share_out,
)
from tests.support.answer_study import COLUMNS, HOSTILE, MODELS, write_answers_page

COUNT = 40


def read_data(page) -> dict:
    """Return the JSON of a page, as a browser finds it."""
    html = page.read_text(encoding="utf-8")
    (found,) = re.findall(r'<script type="application/json" id="answers">(.*?)</script>', html)
    return json.loads(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("answers")


@pytest.fixture(scope="module")
def page(folder):
    return write_answers_page(folder, COUNT)


def test_every_record_is_there_with_all_answers_and_scores(page, folder):
    data = read_data(page)
    assert data["models"] == MODELS
    names = [one["name"] for one in data["benchmarks"]]
    assert names == ["ui_en-zh", "ui_en-ar", "gloss_zh", "text_zh"]
    assert len(data["records"]) == len(names) * COUNT
    for place, model in enumerate(MODELS):
        expected = read_jsonl(folder / f"predictions/{model}/ui_en-zh.jsonl")
        found = [one for one in data["records"] if one["b"] == 0]
        assert [one["a"][place] for one in found] == [one["prediction"] for one in expected]
        scores = [
            [one["score"] for one in read_jsonl(folder / f"records/{model}/{column}.jsonl")]
            for column in COLUMNS[:2]
        ]
        assert [one["s"][place] for one in found] == [
            list(row) for row in zip(*scores, strict=True)
        ]
    assert [data["instructions"][one["i"]] for one in found] == ["Translate: ui_en-zh"] * COUNT
    assert found[3]["r"] == ["编辑页面3"]


def test_choices_stand_behind_their_letters_and_texts_have_no_answer(page):
    records = read_data(page)["records"]
    (choice, text) = (next(one for one in records if one["b"] == place) for place in (2, 3))
    assert choice["c"] == ["A. a boat", "B. a moon", "C. a <b>man</b>", "D. a door"]
    assert (choice["r"], choice["a"]) == (["A. a boat"], ["A. a boat", "B. a moon", choice["c"][2]])
    assert (text["r"], text["a"]) == ([], [None] * 3)
    assert text["q"].startswith("船 船")


def test_a_written_choice_is_shown_with_what_was_read_off_it():
    record = {"choices": ["a boat", "a moon"], "written": "It is (B).", "prediction": 1}
    assert answer_of(record) == "B. a moon\nIt is (B)."
    assert answer_of(record | {"prediction": -1}) == "[no choice is named]\nIt is (B)."
    # Of a task whose right choice is not known the output is shown.
    assert list_references(record | {"output": "either"}) == ["either"]


def test_metrics_say_which_way_is_better_and_languages_their_own_name(page):
    data = read_data(page)
    better = {m["label"]: m["better"] for one in data["benchmarks"] for m in one["metrics"]}
    assert better == {"BLEU": "higher", "TER": "lower", "accuracy": "higher", "bits/byte": "lower"}
    assert data["languages"] == {"en": "English", "zh": "中文", "ar": "العربية"}


def test_nothing_of_an_answer_is_markup_and_nothing_is_loaded(page):
    html = page.read_text(encoding="utf-8")
    assert html.count("<script") == html.count("</script") == 2
    assert "<img" not in html and "<!--" not in html
    assert not re.search(r"(src|href)=[\"'](?!data:,|report\.html)", html)
    assert "First &lt;/title&gt; light" in html
    answers = {one["a"][2] for one in read_data(page)["records"] if one["b"] < 2}
    assert answers == set(HOSTILE)


def test_of_more_records_than_the_limit_a_sample_is_shown(folder):
    data = read_data(write_answers_page(folder / "some", 30, "--limit", "50"))
    assert [one["count"] for one in data["benchmarks"]] == [30] * 4
    shown = [one["id"] for one in data["records"]]
    assert len(shown) == len(set(shown)) == 50
    more = read_data(write_answers_page(folder / "some", 30, "--limit", "60"))
    assert set(shown) < {one["id"] for one in more["records"]}


@pytest.mark.parametrize(
    ("counts", "limit", "expected"),
    [
        ([10, 10], 100, [10, 10]),
        ([10, 100, 100], 50, [10, 20, 20]),
        ([100, 3, 2], 10, [5, 3, 2]),
        ([7, 7], 1, [1, 1]),
    ],
)
def test_small_benchmarks_leave_their_share_to_large_ones(counts, limit, expected):
    assert share_out(counts, limit) == expected


def test_a_text_is_cut_with_a_word():
    assert cut("x" * LONGEST) == "x" * LONGEST
    assert cut("x" * 5000) == "x" * LONGEST + " … [5,000 characters in all]"


def test_models_that_were_asked_nothing_alike_are_told(folder):
    place = folder / "apart"
    write_answers_page(place, 3)
    path = place / "predictions/base/gloss_zh.jsonl"
    write_jsonl(path, [one | {"id": f"other-{one['id']}"} for one in read_jsonl(path)])
    with pytest.raises(InputError, match=r"gloss_zh\.jsonl: no record is in all of them$"):
        gather(Answers(MODELS, COLUMNS, place / "predictions", place / "records", 100))
