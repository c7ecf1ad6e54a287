"""BiLLa's review table comes out of the reviews it published, to the last figure."""

import csv
import os
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_jsonl, write_jsonl
from scripts.score.judging.parsing import parse_scores
from scripts.score.judging.wordings import published_wordings
from scripts.study.registry import Registry
from scripts.study.sources import raw_path
from scripts.tables import tabulate_reviews
from tests.support.judgements import ENGLISH, FAILED, judgement

MIRROR = Path(os.environ.get("LINGRAFT_MIRROR", "/nonexistent"))
ENTRY = Registry().reviews["reviews"]["billa"]
JUDGE = Registry().reviews["judges"]["billa"]
# The README of Neutralzz/BiLLa at 0850e9e0, the table of the English review: category, questions,
# BiLLa-7B-SFT, ChatGLM-6B.
ENGLISH_TABLE = """
generic         10 8.80 6.35
knowledge       10 8.30 6.70
roleplay        10 8.00 6.90
common-sense    10 8.30 7.55
fermi           10 5.50 6.20
counterfactual  10 7.90 6.70
coding           7 6.43 4.86
math             3 8.00 1.67
writing         10 9.00 6.85
micro           80 7.84 6.39
macro           80 7.80 5.97
"""


def raw(file: dict) -> Path:
    """Return a raw file's place in the mirror; skip the test where it is not there."""
    path = MIRROR / raw_path(file["url"])
    if not path.exists():
        pytest.skip(f"LINGRAFT_MIRROR holds no {path.name}")
    return path


def tabulate(folder: Path, *options: object) -> pd.DataFrame:
    stem = folder / "table"
    words = ["--title", "A & B", "--samples", "200", "--output-stem", stem, *options]
    tabulate_reviews.main(tabulate_reviews.parser().parse_args(list(map(str, words))))
    return pd.read_csv(f"{stem}.csv")


def tabulate_published(folder: Path, language: str) -> pd.DataFrame:
    files = ENTRY["languages"][language]
    return tabulate(
        folder,
        *("--reviews", raw(files["reviews"]), "--questions", raw(files["questions"])),
        *("--systems", *ENTRY["systems"]),
        *("--published", ROOT / ENTRY["published"], "--published-table", files["table"]),
    )


def test_billas_english_table_comes_out_to_two_decimals(tmp_path):
    table = tabulate_published(tmp_path, "en")
    rows = table.to_dict("records")
    found = [
        [one["category"], str(one["n"]), f"{one['score']:.2f}", f"{two['score']:.2f}"]
        for one, two in zip(rows[::2], rows[1::2], strict=True)
    ]
    assert found == [line.split() for line in ENGLISH_TABLE.strip().splitlines()]
    assert (table["difference"] == 0).all()
    assert (table["low"] <= table["score"]).all() and (table["score"] <= table["high"]).all()
    (micro,) = table[(table["category"] == "micro") & (table["system"] == "BiLLa-7B-SFT")].to_dict(
        "records"
    )
    # Counted by hand from the scores of the 80 reviews.
    assert (micro["win"], micro["tie"], micro["loss"]) == (64, 1, 15)
    assert "22 of 22 published figures come out" in (tmp_path / "table.md").read_text()


def test_billas_chinese_table_comes_out_where_its_reviews_are_there(tmp_path):
    assert (tabulate_published(tmp_path, "zh")["difference"] == 0).all()


def test_the_published_figures_are_those_of_the_readme():
    with (ROOT / ENTRY["published"]).open() as stream:
        lines = [line for line in csv.DictReader(stream) if line["table"] == "gpt4-review-en"]
    columns = {(line["row"], line["column"]): line["value"] for line in lines}
    for line in ENGLISH_TABLE.strip().splitlines():
        category, _, billa, chatglm = line.split()
        assert columns["BiLLa-7B-SFT", category] == billa
        assert columns["ChatGLM-6B", category] == chatglm
    assert all(line["source"] for line in lines)


def test_published_replies_give_the_scores_that_were_published_with_them():
    files = ENTRY["languages"]["en"]
    categories = {
        one["question_id"]: one["category"] for one in read_jsonl(raw(files["questions"]))
    }
    wordings = published_wordings(raw(JUDGE["prompts"]), raw(JUDGE["reviewers"]), JUDGE["tuple"])
    reviews = read_jsonl(raw(files["reviews"]))
    for review in reviews:
        shape = wordings.of(categories[review["question_id"]]).scores
        assert parse_scores(review["text"], shape) == (tuple(review["score"]), None)
    assert len(reviews) == 80


def test_billas_prompts_ask_for_what_the_parser_reads():
    wordings = published_wordings(raw(JUDGE["prompts"]), raw(JUDGE["reviewers"]), JUDGE["tuple"])
    for category, shape in (
        ("generic", "single line"),
        ("coding", "single line"),
        ("math", "tuple"),
    ):
        text = wordings.of(category).messages("Q?", "one", "two")[1]["content"]
        assert shape in text and not re.search(r"\{\w+\}", text)
        assert text.index("Q?") < text.index("one") < text.index("two")


def write_reviews(folder: Path, *scores: list[float]) -> list:
    questions = [{"question_id": n, "category": f"c{n % 2}"} for n in range(1, len(scores) + 1)]
    write_jsonl(folder / "questions.jsonl", questions)
    reviews = [{"question_id": n, "score": pair} for n, pair in enumerate(scores, 1)]
    write_jsonl(folder / "reviews.jsonl", reviews)
    paths = ["--reviews", folder / "reviews.jsonl", "--questions", folder / "questions.jsonl"]
    return [*paths, "--systems", "a_1", "b"]


def test_a_review_that_nobody_could_read_is_left_out_and_told(tmp_path):
    table = tabulate(tmp_path, *write_reviews(tmp_path, [8, 4], [-1, -1], [6, 4]))
    micro = table[table["category"] == "micro"]
    assert list(micro["n"]) == [2, 2] and list(micro["score"]) == [7, 4]
    lost = table[table["category"] == "c0"]
    assert list(lost["n"]) == [0, 0] and lost["score"].isna().all()
    assert "| c0       | 0 | –" in (tmp_path / "table.md").read_text()
    assert "1 reviews could not be read." in (tmp_path / "table.md").read_text()


def test_a_published_figure_joins_its_row_or_is_named(tmp_path):
    """BiLLa's Chinese questions are of "closed\xa0qa", its figures of "closed qa"."""
    options = write_reviews(tmp_path, [8, 4], [6, 4])
    questions = read_jsonl(tmp_path / "questions.jsonl")
    odd = [question | {"category": "closed\xa0qa"} for question in questions]
    write_jsonl(tmp_path / "questions.jsonl", odd)
    lines = [
        "table,row,column,value",
        "t,a_1,closed qa,7.00",
        "t,b,closed qa,4.00",
        "t,b,odd qa,5.00",
    ]
    (tmp_path / "figures.csv").write_text("\n".join(lines))
    published = ("--published", tmp_path / "figures.csv", "--published-table", "t")
    table = tabulate(tmp_path, *options, *published)
    assert list(table["difference"][:2]) == [0, 0]
    text = (tmp_path / "table.md").read_text()
    assert "Published, of no row here: b odd qa 5.00." in text and "2 of 2 published" in text


def test_macro_is_the_mean_over_categories(tmp_path):
    table = tabulate(tmp_path, *write_reviews(tmp_path, [9, 1], [3, 1], [9, 1]))
    scores = table[table["system"] == "a_1"].set_index("category")["score"]
    assert scores["micro"] == 7 and scores["macro"] == 6


def test_a_review_of_an_unknown_question_is_refused(tmp_path):
    options = write_reviews(tmp_path, [8, 4])
    write_jsonl(tmp_path / "reviews.jsonl", [{"question_id": 7, "score": [1, 2]}])
    with pytest.raises(InputError, match=r"reviews.jsonl:1: question 7 is not in"):
        tabulate(tmp_path, *options)


def test_our_own_judgements_come_out_in_the_same_layout(tmp_path):
    records = [
        judgement(0, [9, 5], [8, 5]),
        judgement(1, [4, 6], [4, 6], "math"),
        judgement(2, FAILED, [7, 6]),
        judgement(3, None, None, languages=ENGLISH | {"model": "zh"}),
    ]
    write_jsonl(tmp_path / "judgements.jsonl", records)
    options = ["--judgements", tmp_path / "judgements.jsonl", "--systems", "m", "base"]
    table = tabulate(tmp_path, *options)
    assert list(dict.fromkeys(table["category"])) == ["generic", "math", "micro", "macro"]
    micro = table[table["category"] == "micro"].set_index("system")
    assert micro.loc["m", "score"] == 6.25 and micro.loc["m", "n"] == 3
    # One question was lost by its language, one stays open.
    assert list(micro.loc["m", ["win", "tie", "loss"]]) == [1, 0, 2]
    text = (tmp_path / "table.md").read_text()
    assert "both orders" in text and "empty reply: 1; 1 questions stay open" in text


def test_latex_has_balanced_rows_and_escapes(tmp_path):
    tabulate(tmp_path, *write_reviews(tmp_path, [8, 4], [5, 5]))
    text = (tmp_path / "table.tex").read_text()
    assert r"a\_1" in text and r"A \& B" in text
    body = text.partition(r"\midrule")[2].partition(r"\bottomrule")[0].splitlines()
    rows = [line for line in body if line.endswith((r"\\", r"\\[2pt]"))]
    assert {line.count(" & ") for line in rows[::2]} == {4}
    assert text.count(r"\begin{") == text.count(r"\end{")


def test_latex_compiles(tmp_path):
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    tabulate(tmp_path, *write_reviews(tmp_path, [8, 4], [5, 5]))
    lines = [r"\documentclass{article}", r"\usepackage{booktabs}", r"\begin{document}"]
    lines += [r"\input{table.tex}", r"\end{document}"]
    (tmp_path / "page.tex").write_text("\n".join(lines))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
