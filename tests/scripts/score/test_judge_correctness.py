"""A judge says of each answer whether it is correct; what it does not say is no score."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json, read_jsonl, write_jsonl
from scripts.score import judge_correctness, score_correctness
from tests.support.judge_stub import serve_judge
from tests.support.x_llm_scripts import ANSWER, write_script

TEXT = "The harbour froze in 7.\nWhen did the harbour freeze?"


def say(body: dict) -> str:
    """Judge as asked for at the answer's end."""
    text = body["messages"][-1]["content"]
    return {"in 1907": "YES", "in 1908": "NO", "later": "Yes.", "hm": "I do not KNOW."}[
        next(answer for answer in ("in 1907", "in 1908", "later", "hm") if answer in text)
    ]


@pytest.fixture
def judge():
    with serve_judge(say) as server:
        yield server


def write_answers(folder, *answers):
    records = [
        {"id": str(n), "task": "answer", "instruction": "Answer.", "input": TEXT,
         "references": ["1907"], "prediction": answer}
        for n, answer in enumerate(answers)
    ]  # fmt: skip
    write_jsonl(folder / "answers.jsonl", records)


def run(folder, url, *more):
    output = folder / "xquad_en.correct.jsonl"
    options = ["--predictions", folder / "answers.jsonl", "--model", "m", "--benchmark", "xquad_en"]
    options += ["--base-url", url, "--judge", "j", "--output", output, *more]
    judge_correctness.main(judge_correctness.parser().parse_args(list(map(str, options))))
    return read_jsonl(output)


def score(folder):
    options = ["--metric", "judge_correct", "--predictions", folder / "xquad_en.correct.jsonl"]
    options += ["--model", "m", "--benchmark", "xquad_en", "--output", folder / "score"]
    options += ["--records", folder / "records.jsonl"]
    score_correctness.main(score_correctness.parser().parse_args(list(map(str, options))))
    return read_json(folder / "score")


def test_the_score_is_the_percent_that_is_called_correct(tmp_path, judge):
    write_answers(tmp_path, "in 1907", "in 1908", "later", " ", "hm")
    found = run(tmp_path, judge.url)
    assert [[one["correct"] for one in record["reviews"]] for record in found] == [
        [True], [False], [True], [], [None],
    ]  # fmt: skip
    assert len(judge.asked) == 4  # nobody asks about an empty answer
    body = judge.asked[0][2]["messages"][-1]["content"]
    assert "When did the harbour freeze?" in body
    result = score(tmp_path)
    assert result["score"] == 50 and (result["n"], result["counted"]) == (5, 4)
    assert (result["correct"], result["empty"], result["open"]) == (2, 1, 1)
    assert result["failures"]["reasons"] == {"neither YES nor NO": 1}
    assert result["interval_method"] == "Clopper-Pearson"
    assert "|judge:j|wording:brief|temperature:0|" in result["signature"]
    run(tmp_path, judge.url)
    assert len(judge.asked) == 4


def test_it_is_asked_as_x_llm_asks(tmp_path, judge):
    write_answers(tmp_path, "in 1907")
    run(tmp_path, judge.url, "--script", write_script(tmp_path, "xquad.eval.py", ANSWER))
    (message,) = judge.asked[0][2]["messages"]
    assert message["content"].startswith("YES or NO?\nContext: The harbour froze in 7.\nWhen")
    assert judge.asked[0][2]["temperature"] == 0


def test_samples_are_shares(tmp_path):
    replies = iter(["YES", "NO", "YES", "NO"])
    write_answers(tmp_path, "in 1907")
    with serve_judge(lambda body: next(replies)) as judge:
        run(tmp_path, judge.url, "--samples", "4", "--temperature", "1", "--concurrency", "1")
    assert score(tmp_path)["score"] == 50


def test_other_judgements_are_refused(tmp_path):
    write_jsonl(tmp_path / "xquad_en.correct.jsonl", [{"id": "1"}])
    with pytest.raises(InputError, match="no asked, not a judgement"):
        score(tmp_path)
