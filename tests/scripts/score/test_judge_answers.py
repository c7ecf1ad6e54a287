"""A judge is asked fairly: both orders, one question a time, the answers as they are."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.score import judge_answers
from scripts.score.judging import parsing
from scripts.score.judging.session import read_access as read_judge_access
from scripts.study.run import Run
from scripts.study.run_file import RunFile, write_run_file
from scripts.study.score import Access, Price
from tests.support.judge_runs import BAD, QUESTIONS, prediction, run_judge
from tests.support.judge_stub import serve_judge


def test_each_answer_stands_first_once_and_scores_follow_the_systems(answers, judge):
    found = run_judge(answers, judge.url)
    assert len(judge.asked) == 8
    assert [record["id"] for record in found] == ["0", "1", "2", "3"]
    for record in found:
        assert [review["first"] for review in record["reviews"]] == ["model", "baseline"]
        first, second = record["reviews"]
        assert first["scores"] == second["scores"] == [9.0, 5.0]
        assert first["text"].startswith("9 5") and second["text"].startswith("5 9")


def test_samples_are_asked_one_by_one(answers, judge):
    found = run_judge(answers, judge.url, "--samples", "3", "--orders", "one")
    assert len(judge.asked) == 12
    assert [review["sample"] for review in found[0]["reviews"]] == [0, 1, 2]


def test_the_judge_gets_question_answers_and_settings(answers, judge):
    options = ("--temperature", "0.7", "--max-tokens", "11", "--concurrency", "1")
    run_judge(answers, judge.url, *options)
    _, path, body, headers = judge.asked[0]
    assert path == "/v1/chat/completions"
    assert body["model"] == "j" and body["temperature"] == 0.7 and body["max_tokens"] == 11
    assert QUESTIONS[0] in body["messages"][1]["content"]
    assert "Authorization" not in headers


def test_braces_in_an_answer_stay(answers, judge):
    write_jsonl(answers / "model.jsonl", [prediction(n, "{question} {x}") for n in range(4)])
    run_judge(answers, judge.url, "--no-language-check")
    assert "{question} {x}" in judge.asked[0][2]["messages"][1]["content"]


def test_a_reply_that_cannot_be_read_is_kept_with_its_reason(answers):
    with serve_judge(lambda body: "Both are fine.") as judge:
        found = run_judge(answers, judge.url)
    review = found[0]["reviews"][0]
    assert review["scores"] is None and review["reason"] == parsing.NO_LINE
    assert review["text"] == "Both are fine."


def test_requests_run_side_by_side_but_no_more_than_asked_for(answers, judge):
    judge.delay = 0.1
    run_judge(answers, judge.url, "--concurrency", "4")
    assert 2 <= judge.busiest <= 4


def test_requests_start_no_faster_than_the_pace(answers, judge):
    run_judge(answers, judge.url, "--requests-per-minute", "1200", "--concurrency", "8")
    times = sorted(when for when, *_ in judge.asked)
    # 7 × 0.05 s; on a busy machine the first one arrives late.
    assert times[-1] - times[0] >= 0.25


def test_a_model_ties_with_itself_and_nobody_is_asked(answers, judge):
    found = run_judge(answers, judge.url, "--baseline-name", "model")
    assert not judge.asked
    assert [record["reviews"] for record in found] == [[]] * 4


def test_other_questions_are_refused(answers, judge):
    write_jsonl(answers / "base.jsonl", [prediction(number, BAD) for number in range(1, 5)])
    with pytest.raises(InputError, match=r"model.jsonl: 2 ids are there or in .*such as '0'"):
        run_judge(answers, judge.url)


def read_access(*options):
    words = ["--predictions", "p", "--model", "m", "--baseline", "b", "--baseline-name", "base"]
    words += ["--benchmark", "x", "--judge", "j", "--output", "o", *map(str, options)]
    return read_judge_access(judge_answers.parser().parse_args(words))


def test_how_the_judge_is_reached_is_in_the_run_file_and_an_option_wins(tmp_path):
    path = tmp_path / "run.json"
    judge = Access(base_url="http://file/v1", key="MINE", price=Price(input=1, output=2.5))
    write_run_file(RunFile(Run(), (), {}, judge), path)
    assert read_access("--run", path) == judge
    found = read_access("--run", path, "--base-url", "http://mine/v1", "--price", 3, 4)
    assert (found.base_url, found.key, found.concurrency) == ("http://mine/v1", "MINE", 4)
    assert found.price == Price(input=3, output=4)
    assert read_access("--base-url", "http://mine/v1") == Access(base_url="http://mine/v1")


def test_an_address_with_a_key_in_it_is_refused():
    for address in ("http://me:secret@h/v1", "http://h/v1?key=secret", "http://h/sk-secret/v1"):
        with pytest.raises(InputError, match=r"--base-url: .*without a key in it") as caught:
            read_access("--base-url", address)
        assert "secret" not in str(caught.value)


def test_a_judge_without_a_server_is_one_line(tmp_path):
    write_run_file(RunFile(Run(), (), {}, None), tmp_path / "run.json")
    for options in ([], ["--run", tmp_path / "run.json"]):
        with pytest.raises(InputError, match="--base-url: found no server"):
            read_access(*options)
    with pytest.raises(InputError, match=r"gone.json: No such file or directory"):
        read_access("--run", tmp_path / "gone.json")
