"""What people preferred, counted by pair, with intervals over questions."""

import pandas as pd
import pytest
from scipy.stats import binomtest

from scripts.study.ratings import add_rating
from scripts.tables import tabulate_preferences
from scripts.tables.tabulate_preferences import tabulate
from tests.support.ratings import rate


def count(ratings, *models):
    return tabulate(ratings, models, 1000, 12345)


def duels(votes, *models, weights="w"):
    """Return votes on different questions."""
    return [rate(vote, *models, question=f"q{n}", weights=weights) for n, vote in enumerate(votes)]


def test_a_pair_is_one_row_in_whatever_order_it_was_shown():
    ratings = [
        *duels(["left"] * 6 + ["right"] * 2 + ["tie", "bad", "bad"], "zh", "base"),
        *duels(["left", "right", "right"], "base", "zh"),
    ]
    (row,) = count(ratings, "base", "zh").to_dict("records")
    assert (row["model"], row["rival"]) == ("base", "zh")
    assert [row[name] for name in ("win", "tie", "bad", "loss")] == [3, 1, 2, 8]
    assert (row["n"], row["questions"]) == (14, 11)
    assert row["percent"] == pytest.approx(100 * (3 + 1.5) / 14)
    assert row["low"] < row["percent"] < row["high"]


def test_without_ties_and_repeats_the_interval_is_exact():
    (row,) = count(duels(["left"] * 7 + ["right"] * 3, "a", "b")).to_dict("records")
    exact = binomtest(7, 10).proportion_ci(0.95, method="exact")
    assert (row["low"], row["high"]) == pytest.approx((100 * exact.low, 100 * exact.high))
    assert row["method"] == "Clopper-Pearson"


def test_one_question_rated_often_is_not_many_questions():
    votes = ["left", "right"] * 20
    few = [rate(vote, "a", "b", question=f"q{n % 4}") for n, vote in enumerate(votes)]
    wide, narrow = (count(some).iloc[0] for some in (few, duels(votes, "a", "b")))
    assert (wide["questions"], wide["n"], narrow["questions"]) == (4, 40, 40)
    assert wide["high"] - wide["low"] > 2 * (narrow["high"] - narrow["low"])


def test_other_weights_are_another_model():
    ratings = duels(["left"], "zh", "base") + duels(["right"], "zh", "base", weights="another-one")
    table = count(ratings, "base", "zh")
    assert list(table["model"]) == ["base (w)", "base (another-)"]
    assert list(table["rival"]) == ["zh (w)", "zh (another-)"]
    assert list(table["win"]) == [0, 1]


def test_two_states_of_one_model_are_a_pair():
    first, second = rate("left", "zh", "zh"), rate("right", "zh", weights="v")
    both = type(first)(**{**vars(first), "answers": (first.answers[0], second.answers[0])})
    (row,) = count([both]).to_dict("records")
    assert (row["model"], row["rival"], row["win"]) == ("zh (w)", "zh (v)", 1)


def test_thumbs_are_counted_by_model():
    ratings = [rate("up", "zh")] * 3 + [rate("up", "zh"), rate("down", "zh"), rate("down", "base")]
    ratings = [rate(one.vote, one.answers[0].model) for one in ratings]
    table = count(ratings, "base", "zh").set_index("model")
    assert (table.loc["zh", "up"], table.loc["zh", "down"], table.loc["base", "down"]) == (4, 1, 1)
    exact = binomtest(4, 5).proportion_ci(0.95, method="exact")
    assert table.loc["zh", "low"] == pytest.approx(100 * exact.low)
    assert table.loc["base", "high"] == pytest.approx(97.5)


def test_the_files_say_it(tmp_path):
    ratings = [*duels(["left", "bad", "tie"], "a_1", "b"), rate("up", "a_1")]
    for rating in ratings:
        add_rating(rating, tmp_path / "r.jsonl")
    stem = tmp_path / "preferences"
    words = ["--ratings", str(tmp_path / "r.jsonl"), "--output-stem", str(stem)]
    tabulate_preferences.main(tabulate_preferences.parser().parse_args(words))
    text = stem.with_suffix(".md").read_text()
    assert (
        "| a_1   | b     | 66.7 [" in text and "1/1/1/0" in text and "| 100.0 [2.5, 100.0]" in text
    )
    assert r"a\_1 & b & 66.7" in stem.with_suffix(".tex").read_text()
    table = pd.read_csv(stem.with_suffix(".csv"))
    assert list(table["kind"]) == ["pair", "thumbs"] and table["n"].tolist() == [3, 1]
