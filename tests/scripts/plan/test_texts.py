"""On which text a language is measured, and which of it a reader sees."""

from scripts.plan import texts
from scripts.plan.options import flags, repeated
from tests.support.studies import default_study

STUDY = default_study()


def test_a_language_is_measured_on_what_is_held_out_and_english_on_all_of_it():
    english, chinese = texts.measured_texts(STUDY)
    assert (english[0], chinese[0]) == ("en", "zh")
    assert all(column.startswith("results/corpora/") for column in chinese[1:])
    folders = {column.split("/")[1] for column in english[1:]}
    assert folders == {"corpora", "clean"}
    for row in (english, chinese):
        assert len(row) == len(set(row))


def test_without_a_benchmark_a_language_is_measured_on_what_it_is_learned_from():
    few = default_study(benchmarks=dict.fromkeys(("ui_en-zh", "ui_zh-en", "gloss_zh", "text_zh")))
    chinese = {row[0]: row[1:] for row in texts.measured_texts(few)}["zh"]
    assert "results/clean/sanguo_zh.parquet:text" in chinese


def test_sentences_are_compared_where_the_benchmark_has_both_sides():
    rows = texts.parallel_texts(STUDY)
    assert [row[:2] for row in rows] == [["en", "ui_en-zh"], ["zh", "ui_en-zh"]]
    for language, _, own, english in rows:
        assert (own == english) == (language == "en")
    assert texts.files_of_rows(rows) == [rows[0][2].rpartition(":")[0]]


def test_flores_comes_first():
    study = default_study(benchmarks={"flores_en-zh": {"limit": 9}})
    assert {row[1] for row in texts.parallel_texts(study)} == {"flores_en-zh"}


def test_coloured_sentences_are_of_english_and_what_is_grafted():
    rows = texts.coloured_texts(STUDY)
    assert [row[0] for row in rows] == ["en", "zh"] and all(len(row) == 2 for row in rows)


def test_options_leave_out_what_is_not_set():
    assert flags("--limit", [None]) == flags("--limit", []) == []
    assert flags("--limit", [0]) == ["--limit", "0"]
    assert repeated("--text", [["en", "a"], ["zh", "b"]]) == [
        "--text",
        "en",
        "a",
        "--text",
        "zh",
        "b",
    ]
