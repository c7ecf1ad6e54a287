"""A server's passing fault is met with patience, any other ends the run; no key is shown."""

import json

import pytest

from scripts.common.errors import InputError
from scripts.score.judging.endpoint import read_reply
from tests.support.judge_runs import judge_by_length, run_judge
from tests.support.judge_stub import chat_completion, serve_judge


@pytest.mark.parametrize(
    "fault",
    [
        (429, {"Retry-After": "0.05"}, b"slow down"),
        (500, {}, b"oops"),
        (503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b""),
        (200, {}, b"<html>not JSON</html>"),
        (200, {}, b'{"error": "no choices"}'),
        (200, {}, chat_completion(["a list"])),
    ],
)
def test_a_passing_fault_is_met_again_and_leaves_no_trace(answers, judge, fault):
    expected = run_judge(answers, judge.url)
    (answers / "out" / ".open_en.replies.jsonl").unlink()
    judge.faults = [fault] * 3
    assert run_judge(answers, judge.url) == expected
    assert len(judge.asked) == 8 + 8 + 3


def test_a_slow_reply_is_asked_for_again(answers, judge):
    judge.delay = 0.6
    options = ("--timeout", "0.2", "--orders", "one", "--concurrency", "8")
    with pytest.raises(InputError, match="gave up after 6 attempts: no answer in time"):
        run_judge(answers, judge.url, *options)
    assert len(judge.asked) >= 6


def test_a_fault_that_stays_ends_the_run_and_keeps_what_came(answers, judge):
    run_judge(answers, judge.url, "--orders", "one", "--concurrency", "1")
    judge.faults = [(503, {}, b"")] * 100
    with pytest.raises(InputError, match="gave up after 6 attempts: answer 503"):
        run_judge(answers, judge.url, "--concurrency", "1")
    judge.faults = []
    before = len(judge.asked)
    run_judge(answers, judge.url)
    assert len(judge.asked) - before == 4


def test_a_question_that_the_server_refuses_is_a_failure_of_its_own(answers, judge):
    judge.faults = [(400, {}, b'{"error": "too long"}')]
    found = run_judge(answers, judge.url, "--concurrency", "1")
    review = found[0]["reviews"][0]
    assert review["reason"] == "refused" and "too long" in review["text"]
    assert sum(r["reason"] is not None for one in found for r in one["reviews"]) == 1
    again = run_judge(answers, judge.url)
    assert len(judge.asked) == 9 and again[0]["reviews"][0]["scores"]


def test_a_server_that_refuses_everything_is_set_up_wrongly(answers, judge):
    judge.faults = [(400, {}, b"no such model")] * 8
    with pytest.raises(InputError, match=r"it refused every question, with .*no such model"):
        run_judge(answers, judge.url)


def test_a_wrong_key_ends_the_run_at_once_and_is_shown_nowhere(answers, judge, monkeypatch, caplog):
    monkeypatch.setenv("MY_KEY", "sk-secret")
    judge.faults = [(401, {}, b'{"error": "wrong key sk-secret"}')]
    with pytest.raises(InputError, match=r"401 .*is the key right") as caught:
        run_judge(answers, judge.url, "--key", "MY_KEY", "--concurrency", "1")
    assert "sk-secret" not in str(caught.value) + caplog.text
    assert judge.asked[0][3]["Authorization"] == "Bearer sk-secret"
    run_judge(answers, judge.url, "--key", "MY_KEY")
    for file in answers.rglob("*"):
        assert file.is_dir() or b"sk-secret" not in file.read_bytes()


def test_a_redirect_is_not_followed(answers, judge, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sk-secret")
    with serve_judge(judge_by_length) as other:
        location = {"Location": f"{other.url}/chat/completions"}
        judge.faults = [(status, location, b"") for status in (301, 302, 307, 308)]
        for status in (301, 302, 307, 308):
            with pytest.raises(InputError, match=f"completions: answer {status} "):
                run_judge(answers, judge.url, "--key", "MY_KEY", "--concurrency", "1")
        assert not other.asked


def test_nothing_is_asked_after_a_failure_that_retrying_cannot_help(answers, judge):
    judge.faults = [(404, {}, b"no such model"), *[(500, {}, b"")] * 20]
    with pytest.raises(InputError, match="answer 404"):
        run_judge(answers, judge.url, "--concurrency", "1")
    assert len(judge.asked) == 1


def test_nothing_is_sent_that_the_environment_has(answers, judge, monkeypatch, tmp_path):
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "sk-other")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password sk-other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    run_judge(answers, judge.url, "--key", "UNSET_KEY")
    for *_, headers in judge.asked:
        assert "sk-other" not in str(headers) and "Authorization" not in headers


def test_half_a_character_at_the_end_of_a_reply_is_replaced():
    body = json.dumps(
        {"choices": [{"message": {"content": "8 7\ud83d"}, "finish_reason": "length"}]}
    )
    assert read_reply(body)["text"] == "8 7\ufffd"
