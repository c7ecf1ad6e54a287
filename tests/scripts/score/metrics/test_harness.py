"""Scores of lm-evaluation-harness's answers are the means of its own numbers."""

import pytest

from scripts.common.errors import InputError
from scripts.score.metrics import harness
from scripts.score.metrics.settings import Settings
from tests.support.scoring import score


def record(number, value, category=None, **facts):
    facts = {"lm-eval": "0.4.13", "version": 1.0, "shots": 5, "filter": "none"} | facts
    values = {"acc": value, "acc_norm": 1 - value, "exact_match": 0.5}
    found = {"id": f"{number}", "task": "harness", "values": values, "harness": facts}
    return found | ({"category": category} if category else {})


def test_the_score_is_the_mean_in_percent(tmp_path):
    records = [record(number, float(number < 3)) for number in range(4)]
    assert score(records, "accuracy", folder=tmp_path)["score"] == 75
    assert score(records, "acc_norm", folder=tmp_path)["score"] == 25
    found = score(records, "exact_match", folder=tmp_path)
    assert found["score"] == 50 and found["n"] == 4
    assert (
        "metric:exact_match|lm-eval:0.4.13|version:1.0|shots:5|filter:none|" in found["signature"]
    )


def test_tasks_of_a_group_are_categories(tmp_path):
    kinds = ["a", "b", "b", "b"]
    records = [record(i, float(kind == "a"), kind) for i, kind in enumerate(kinds)]
    records[0]["harness"]["version"] = 2.0
    assert score(records, "accuracy", folder=tmp_path)["score"] == 25
    found = score(records, "accuracy_macro", folder=tmp_path)
    assert found["score"] == 50 and "version:2.0+1.0|" in found["signature"]
    assert found["categories"] == {"a": {"score": 100, "n": 1}, "b": {"score": 0, "n": 3}}


def test_a_metric_that_the_task_has_not_is_named():
    with pytest.raises(
        InputError, match="id '0': found acc, acc_norm, exact_match, expected acc_b"
    ):
        harness.statistics("acc_bytes", [record(0, 1.0)], Settings())
