"""Accuracy: percent of right answers, with an interval that narrows as records are added."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from tests.unit import scoring


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
    low, high = score(write_predictions(tmp_path / "p.jsonl", 300, 100))["interval"]
    half = 196 * (0.75 * 0.25 / 400) ** 0.5
    assert low == pytest.approx(75 - half, abs=0.6)
    assert high == pytest.approx(75 + half, abs=0.6)


def test_every_record_has_a_line(tmp_path):
    found = score(write_predictions(tmp_path / "p.jsonl", 2, 1))
    assert scoring.record_scores(found) == [100.0, 100.0, 0.0]


def test_all_right_has_no_spread(tmp_path):
    assert score(write_predictions(tmp_path / "p.jsonl", 5, 0))["interval"] == [100.0, 100.0]


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"p\.jsonl: empty"):
        score(write_predictions(tmp_path / "p.jsonl", 0, 0))


def test_predictions_of_another_task_are_refused(tmp_path):
    path = write_predictions(tmp_path / "p.jsonl", 1, 1, task="translation")
    with pytest.raises(InputError, match="task 'translation', expected 'choice'"):
        score(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        score(tmp_path / "none.jsonl")
