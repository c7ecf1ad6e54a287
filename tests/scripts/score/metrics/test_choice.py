"""Accuracy: percent of right answers, with an interval that narrows as records are added."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl, write_jsonl
from scripts.score.metrics.choice import details, statistics
from scripts.score.metrics.settings import Settings
from tests.support import scoring

ANSWERS = {"math": [1, 1, 1, 0], "law": [0, 0], "art": [1]}


def write_predictions(path, right, wrong, **changes):
    records = [
        {"id": str(number), "task": "choice", "answer": 1, "prediction": int(number < right)}
        for number in range(right + wrong)
    ]
    write_jsonl(path, ({**record, **changes} for record in records))
    return path


def score(path, *options):
    return scoring.score(path, "accuracy", *options)


def test_accuracy_is_in_percent(tmp_path):
    found = score(write_predictions(tmp_path / "p.jsonl", 30, 10))
    assert found["score"] == 75.0
    assert found["n"] == 40
    assert found["signature"] == "metric:accuracy|n:40|bootstrap:1000|seed:12345|lingraft:0.1.0"


def test_the_interval_is_the_binomials(tmp_path):
    """The exact one is wider than the normal one by half a record at each end."""
    low, high = score(write_predictions(tmp_path / "p.jsonl", 300, 100))["interval"]
    half = 196 * (0.75 * 0.25 / 400) ** 0.5
    assert low == pytest.approx(75 - half, abs=0.4)
    assert high == pytest.approx(75 + half, abs=0.4)


def test_every_record_has_a_line(tmp_path):
    found = score(write_predictions(tmp_path / "p.jsonl", 2, 1))
    assert scoring.record_scores(found) == [100.0, 100.0, 0.0]


def test_an_answer_that_names_no_choice_is_wrong_and_counted(tmp_path):
    records = read_jsonl(write_predictions(tmp_path / "p.jsonl", 2, 0))
    records += [
        {"id": f"u{number}", "task": "choice", "answer": number, "prediction": -1}
        for number in range(2)
    ]
    write_jsonl(tmp_path / "u.jsonl", records)
    found = score(tmp_path / "u.jsonl")
    assert (found["score"], found["n"], found["unread"]) == (50.0, 4, 2)
    assert "unread" not in score(tmp_path / "p.jsonl")


def test_five_right_answers_leave_room_for_wrong_ones(tmp_path):
    low, high = score(write_predictions(tmp_path / "p.jsonl", 5, 0))["interval"]
    assert low == pytest.approx(100 * 0.025**0.2) and high == 100


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"p\.jsonl: empty"):
        score(write_predictions(tmp_path / "p.jsonl", 0, 0))


def test_predictions_of_another_task_are_refused(tmp_path):
    path = write_predictions(tmp_path / "p.jsonl", 1, 1, task="translation")
    with pytest.raises(InputError, match="task 'translation', expected 'choice'"):
        score(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.jsonl: No such file"):
        score(tmp_path / "none.jsonl")


def make_records() -> list[dict]:
    return [
        {"prediction": int(right), "answer": 1, "category": name}
        for name, rights in ANSWERS.items()
        for right in rights
    ]


def test_accuracy_is_of_records_and_macro_of_categories():
    records, settings = make_records(), Settings()
    right, count = statistics("accuracy", records, settings).sum(axis=0)
    assert (right, count) == (4, 7)
    rights, counts = statistics("accuracy_macro", records, settings).sum(axis=0).reshape(2, 3)
    assert (rights / counts).mean() == pytest.approx((1 + 0 + 3 / 4) / 3)


def test_details_tell_each_category():
    records, settings = make_records(), Settings()
    found = details("accuracy", records, statistics("accuracy", records, settings), settings)
    assert found["categories"] == {
        "art": {"score": 100, "n": 1},
        "law": {"score": 0, "n": 2},
        "math": {"score": 75, "n": 4},
    }


def test_records_without_a_category_are_one():
    records = [{"prediction": 0, "answer": 0}, {"prediction": 1, "answer": 0}]
    rows = statistics("accuracy_macro", records, Settings())
    assert rows.tolist() == [[1, 1], [0, 1]]
    assert details("accuracy", records, rows, Settings()) == {}


def test_one_record_has_no_interval(tmp_path):
    found = score(write_predictions(tmp_path / "p.jsonl", 1, 0))
    assert (found["score"], found["interval"]) == (100.0, [None, None])
