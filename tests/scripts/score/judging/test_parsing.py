"""Scores are read strictly: what is not in their form is a failure, never a guess."""

import pytest

from scripts.score.judging import parsing
from scripts.score.judging.parsing import parse_answer, parse_scores


@pytest.mark.parametrize("text", ["9 7", "9 7\nFirst is better.", " 9, 7 \n", "9.0\t7.0\r\nx"])
def test_two_numbers_on_the_first_line_are_the_scores(text):
    assert parse_scores(text, "first line") == ((9.0, 7.0), None)


@pytest.mark.parametrize(
    "text",
    ["Scores: 9 7", "9", "9 7 5", "9/10 7/10", "nine seven", "9-7", "The first: 9\n7", "9 7."],
)
def test_anything_else_on_the_first_line_is_a_failure(text):
    assert parse_scores(text, "first line") == (None, parsing.NO_LINE)


@pytest.mark.parametrize("text", ["Well.\n\nOutput: (9, 7)", "It is (1, 2), no: (9,7).", "(9, 7)"])
def test_a_tuple_stands_at_the_end(text):
    assert parse_scores(text, "tuple") == ((9.0, 7.0), None)


@pytest.mark.parametrize("text", ["(9, 7) is what I give", "9 7", "(9; 7)", "(a, b)"])
def test_a_tuple_elsewhere_is_a_failure(text):
    assert parse_scores(text, "tuple") == (None, parsing.NO_TUPLE)


@pytest.mark.parametrize("text", ["0 7", "11 7", "9 100"])
def test_scores_outside_the_range_are_a_failure(text):
    assert parse_scores(text, "first line") == (None, parsing.OUT_OF_RANGE)


def test_an_empty_reply_is_a_failure():
    assert parse_scores(" \n", "tuple") == (None, parsing.EMPTY)


@pytest.mark.parametrize(
    "text",
    [
        "It is true.\nScore of the Assistant 1: 9\nScore of the Assistant 2: 7",
        "Reasons: a 3, b: 4\n9\n7 \n",
        "…\n**Score of the Assistant 1: 9**\n**Score of the Assistant 2:** 7.",
    ],
)
def test_the_last_two_lines_are_the_scores(text):
    assert parse_scores(text, "last two lines") == ((9.0, 7.0), None)


@pytest.mark.parametrize(
    "text", ["Score 1: 9, score 2: 7", "1: 9\n2: 7\nSo it is.", "1: 9/10\n2: 7/10", "1: 9\n\n2: 7"]
)
def test_other_last_lines_are_a_failure(text):
    assert parse_scores(text, "last two lines") == (None, parsing.NO_LINES)


@pytest.mark.parametrize(
    ("text", "correct"),
    [("YES", True), ("NO.", False), ("yes, it is", True), ("Evaluation: NO", False),
     ("**No**, because", False), ("YES\nYES", True)],
)  # fmt: skip
def test_a_judge_says_yes_or_no(text, correct):
    assert parse_answer(text) == (correct, None)


@pytest.mark.parametrize("text", ["I KNOW IT", "YES or NO", "maybe", "it is no good", "NOT"])
def test_what_is_neither_yes_nor_no_is_open(text):
    assert parse_answer(text) == (None, parsing.NO_ANSWER)
    assert parse_answer(" ") == (None, parsing.EMPTY)
