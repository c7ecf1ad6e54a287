"""Each metric of the registry comes out of the one script, as a score file and its records."""

import pytest

from scripts.common.errors import InputError
from tests.support import scoring

RIGHT = {
    "answer": {"prediction": "The Harbour", "references": ["harbour", "port"]},
    "number": {"prediction": "So 3 + 4 = 7.", "references": ["7"]},
    "translation": {"prediction": "a harbour", "references": ["a harbour"]},
    "summary": {"prediction": "a quiet harbour", "references": ["A quiet harbour."]},
    "simplification": {
        "input": "a b c d e f g h",
        "prediction": "a b c d w x y z",
        "references": ["a b c d w x y z"],
    },
    "choice": {"prediction": 1, "answer": 1, "category": "law"},
    "open": {"prediction": "The harbour was quiet all day."},
}
WRONG = {
    "answer": {"prediction": "", "references": ["harbour"]},
    "number": {"prediction": "none", "references": ["7"]},
    "summary": {"prediction": "", "references": ["A quiet harbour."]},
    "simplification": {"input": "a b", "prediction": "", "references": ["a b"]},
    "choice": {"prediction": 0, "answer": 1, "category": "art"},
    "open": {"prediction": ""},
}


def run(tmp_path, task: str, metric: str, records: list[dict]) -> dict:
    named = [{"id": str(n), "task": task, **record} for n, record in enumerate(records)]
    options = ["--target-language", "en", "--samples", "50"]
    return scoring.score(named, metric, *options, folder=tmp_path)


@pytest.mark.parametrize(
    ("task", "metric", "score"),
    [
        ("answer", "em", 50),
        ("answer", "f1", 50),
        ("answer", "match", 50),
        ("number", "accuracy", 50),
        ("choice", "accuracy", 50),
        ("choice", "accuracy_macro", 50),
        ("summary", "rouge1", 50),
        ("summary", "rouge2", 50),
        ("summary", "rougeL", 50),
        ("open", "langid", 50),
        ("open", "empty", 50),
        ("open", "repetition", 0),
        ("answer", "length_ratio", 11 / (11 / 2 + 7)),
    ],
)
def test_one_right_and_one_wrong_answer(tmp_path, task, metric, score):
    found = run(tmp_path, task, metric, [RIGHT[task], WRONG[task]])
    assert found["score"] == pytest.approx(score)
    assert found["n"] == len(scoring.record_scores(found)) == 2
    assert found["signature"].startswith(f"metric:{metric}|")


@pytest.mark.parametrize("metric", ["sari", "sari_paper"])
def test_simplifications(tmp_path, metric):
    assert run(tmp_path, "simplification", metric, [RIGHT["simplification"]])["score"] == 100
    both = run(
        tmp_path, "simplification", metric, [RIGHT["simplification"], WRONG["simplification"]]
    )
    assert 0 < both["score"] < 100


def test_details_join_the_score_file(tmp_path):
    records = [RIGHT["choice"], RIGHT["choice"], WRONG["choice"]]
    found = run(tmp_path, "choice", "accuracy", records)
    assert found["categories"]["law"] == {"score": 100, "n": 2}
    found = run(tmp_path, "number", "accuracy", [RIGHT["number"], WRONG["number"]])
    assert found["without_number"] == 1


def test_a_metric_of_another_task_is_one_line(tmp_path):
    with pytest.raises(InputError, match="task 'open', expected 'answer' for the metric f1"):
        run(tmp_path, "open", "f1", [RIGHT["open"]])


@pytest.mark.parametrize("reference", [None, 5, ["x"], True])
@pytest.mark.parametrize(
    ("task", "metric"),
    [("answer", "em"), ("summary", "rouge1"), ("translation", "bleu"), ("number", "accuracy")],
)
def test_a_reference_that_is_no_text_is_one_line(tmp_path, task, metric, reference):
    record = {**RIGHT[task], "references": [*RIGHT[task]["references"], reference]}
    with pytest.raises(InputError, match=r":2: a reference is .*, expected a text"):
        run(tmp_path, task, metric, [RIGHT[task], record])
