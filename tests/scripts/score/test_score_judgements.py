"""A judge's score counts wins and ties, leaves failures open, and says how far to trust it."""

import math

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json, read_jsonl, write_jsonl
from scripts.score import compare_scores, score_judgements
from tests.support.judgements import ASKED, FAILED, judgement


def score(folder, records, metric="judge", model="m"):
    path = folder / f"{model}.jsonl"
    write_jsonl(path, records)
    output = folder / f"{model}.{metric}"
    options = ["--predictions", path, "--metric", metric, "--model", model, "--benchmark", "b"]
    options += ["--output", output, "--records", folder / f"{model}.{metric}.records.jsonl"]
    options += ["--samples", "200"]
    score_judgements.main(score_judgements.parser().parse_args(list(map(str, options))))
    return read_json(output)


WIN, LOSS, TIE = ([9, 5], [7, 6]), ([3, 5], [4, 6]), ([8, 6], [6, 8])


def test_the_score_is_the_percent_of_wins_with_ties_half(tmp_path):
    found = score(tmp_path, [judgement(n, *pair) for n, pair in enumerate((WIN, WIN, LOSS, TIE))])
    assert found["score"] == 100 * 2.5 / 4
    assert (found["win"], found["tie"], found["loss"], found["open"]) == (2, 1, 1, 0)
    low, high = found["interval"]
    assert low < found["score"] < high


def test_one_reply_with_the_models_answer_first_is_the_papers_way(tmp_path):
    records = [judgement(n, *pair) for n, pair in enumerate((WIN, LOSS, TIE, ([5, 6], [9, 1])))]
    found = score(tmp_path, records, "judge_paper")
    assert (found["win"], found["tie"], found["loss"]) == (2, 0, 2)
    assert found["orders"] is None
    assert "orders:model first|samples:1" in found["signature"]


def test_a_failure_is_no_zero_and_leaves_the_question_open(tmp_path):
    records = [judgement(0, *WIN), judgement(1, [2, 9], FAILED), judgement(2, FAILED, FAILED)]
    found = score(tmp_path, records)
    assert found["score"] == 100 and found["open"] == 2
    assert found["failures"] == {"reviews": 6, "reasons": {"empty reply": 3}}
    assert found["means"]["micro"] == {"model": 8, "baseline": 5.5}
    rows = read_jsonl(found["records"]["path"])
    assert [row["score"] for row in rows] == [100, None, None]


def test_no_score_at_all_is_null_and_the_failures_are_told(tmp_path):
    found = score(tmp_path, [judgement(n, FAILED, FAILED) for n in range(3)])
    assert found["score"] is None and found["interval"] == [None, None]
    assert found["failures"]["reasons"] == {"empty reply": 6}


def test_means_come_by_category_micro_and_macro(tmp_path):
    records = [judgement(n, [8, 4], [8, 4]) for n in range(3)]
    records.append(judgement(3, [2, 4], [2, 4], "math"))
    found = score(tmp_path, records)
    assert found["means"]["micro"] == {"model": 6.5, "baseline": 4}
    assert found["means"]["macro"] == {"model": 5, "baseline": 4}
    assert found["categories"]["math"]["score"] == 0
    assert found["categories"]["generic"]["win"] == 3


def test_samples_of_an_order_count_together_whatever_failed(tmp_path):
    record = judgement(0, [9, 1], [1, 9])
    record["reviews"] += [{**record["reviews"][0]}, {**record["reviews"][1], "scores": None}]
    found = score(tmp_path, [record])
    assert found["means"]["micro"] == {"model": 5, "baseline": 5} and found["tie"] == 1


def test_the_two_orders_are_set_against_each_other(tmp_path):
    # Standing first is worth two points to this judge, and decides every other question.
    pairs = [([8, 6], [6, 8]), ([9, 5], [7, 7]), ([9, 3], [7, 5]), ([9, 2], [7, 4])]
    found = score(tmp_path, [judgement(n, *pair) for n, pair in enumerate(pairs)])
    assert found["orders"] == {"n": 4, "agreement": 0.5, "first_place": 2.0}


def test_a_judge_that_likes_length_is_found_out(tmp_path):
    gains = [-3, -1, 0, 2, 4]
    records = [
        judgement(n, [5 + gain, 5], [5 + gain, 5], lengths=(100 + 10 * gain, 100))
        for n, gain in enumerate(gains)
    ]
    assert math.isclose(score(tmp_path, records)["length"]["correlation"], 1.0)
    assert score(tmp_path, records[:1])["length"]["correlation"] is None


@pytest.mark.parametrize(
    ("model", "baseline", "score_", "paper"),
    [("zh", "en", 0, 0), ("en", "zh", 100, 100), ("zh", "zh", 50, 0), ("zh", "fr", 50, 0)],
)
def test_the_wrong_language_loses(tmp_path, model, baseline, score_, paper):
    languages = {"question": "en", "model": model, "baseline": baseline}
    records = [judgement(0, None, None, languages=languages)]
    found = score(tmp_path, records)
    assert found["score"] == score_ and found["means"]["micro"] is None
    assert sum(found["languages"].values()) == 1
    assert score(tmp_path, records, "judge_paper")["score"] == paper


def test_a_baseline_against_itself_is_fifty_and_can_be_compared_with(tmp_path):
    alone = [{**judgement(n, *WIN), "reviews": []} for n in range(20)]
    for record in alone:
        record["asked"] = {**ASKED, "model": "base"}
    assert score(tmp_path, alone, model="base")["score"] == 50
    pairs = [WIN] * 18 + [LOSS, (FAILED, FAILED)]
    score(tmp_path, [judgement(n, *pair) for n, pair in enumerate(pairs)])
    output = tmp_path / "comparisons.jsonl"
    options = ["--baseline", tmp_path / "base.judge", "--system", tmp_path / "m.judge"]
    options += ["--trials", "500", "--output", output]
    compare_scores.main(compare_scores.parser().parse_args(list(map(str, options))))
    (found,) = read_jsonl(output)
    assert found["difference"] == pytest.approx(100 * 18 / 19 - 50)
    assert found["p_value"] < 0.05


def test_other_files_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"m.jsonl:1: no lengths, not a judgement"):
        score(tmp_path, [{"id": "1", "category": ""}])
    with pytest.raises(InputError, match="found 'bleu', expected judge or judge_paper"):
        score(tmp_path, [judgement(0, *WIN)], "bleu")
