"""A server's passing fault is met with patience, any other ends the run; no key is shown."""

import gzip
import json
import logging
import time

import pytest

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.score.judging.endpoint import Endpoint, Pace, read_reply
from scripts.score.judging.parsing import parse_scores
from tests.support.hostile import COMMANDS, HOSTILE, write_long
from tests.support.judge_runs import judge_by_length, run_judge
from tests.support.judge_stub import chat_completion, serve_bytes, serve_judge

QUESTION = {"model": "j", "messages": [{"role": "user", "content": "?"}]}


@pytest.mark.parametrize(
    "fault",
    [
        (429, {"Retry-After": "0.05"}, b"slow down"),
        (500, {}, b"oops"),
        (503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b""),
        (200, {}, b"<html>not JSON</html>"),
        (200, {}, b'{"error": "no choices"}'),
        (200, {}, chat_completion(["a list"])),
        (200, {}, b"[" * 200_000),
        (200, {}, b'{"choices": [{"message": "8 7"}]}'),
        (200, {"Content-Encoding": "gzip"}, gzip.compress(chat_completion("8 7"))),
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
    with pytest.raises(InputError, match=r"refused every .* 6 attempts: no answer in time"):
        run_judge(answers, judge.url, *options)
    assert len(judge.asked) >= 6


def trickle(parts, pause):
    """Yield the parts one by one, with a pause before each."""
    for part in parts:
        time.sleep(pause)
        yield part


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (lambda: trickle([b" "] * 1000, 0.05), "no answer in time"),
        (lambda: (b"x" * 2**20 for _ in range(1024)), "a reply of more than 4 MiB"),
        (lambda: [b"[" * 200_000], "found no chat completion"),
    ],
)
def test_an_odd_reply_leaves_its_question_open_and_the_run_goes_on(answers, judge, body, reason):
    """A byte every 0.05 s, a gigabyte, 200,000 brackets, six times each."""
    judge.faults = [(200, {}, body()) for _ in range(6)]
    start = time.monotonic()
    found = run_judge(answers, judge.url, "--concurrency", "1", "--timeout", "0.5")
    assert time.monotonic() - start < 6
    assert found[0]["reviews"][0]["reason"] == "refused"
    assert reason in found[0]["reviews"][0]["text"]
    assert sum(review["scores"] is not None for one in found for review in one["reviews"]) == 7
    judge.faults = []
    assert run_judge(answers, judge.url)[0]["reviews"][0]["scores"]


def test_headers_that_never_end_do_not_wedge_a_run(answers):
    lines = [b"HTTP/1.1 200 OK\r\n", *[b"A: b\r\n"] * 1000]
    with serve_bytes(lambda: trickle(lines, 0.05)) as url:
        start = time.monotonic()
        with pytest.raises(InputError, match="no answer in time"):
            run_judge(answers, url, "--orders", "one", "--concurrency", "8", "--timeout", "0.3")
        assert time.monotonic() - start < 8


def test_a_server_that_is_no_judge_ends_the_run_after_some_questions(answers, judge, monkeypatch):
    monkeypatch.setattr(limits, "JUDGE_GIVEN_UP", 3)
    judge.faults = [(200, {}, b"<html>welcome</html>")] * 1000
    with pytest.raises(InputError, match="gave up after 6 attempts: found no chat completion"):
        run_judge(answers, judge.url, "--concurrency", "1")
    assert len(judge.asked) == 3 * 6


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 2}, [5, 2]),
        ({"prompt_tokens": "5", "completion_tokens": 2.5}, [None, None]),
        ({"prompt_tokens": True, "completion_tokens": -1}, [None, None]),
        ({"prompt_tokens": 10**400}, [None, None]),
        ([1, 2], [None, None]),
        ("many", [None, None]),
        (7, [None, None]),
        (None, [None, None]),
    ],
)
def test_usage_of_other_types_is_no_count(answers, judge, usage, tokens):
    body = {"choices": [{"message": {"content": "9 5"}, "finish_reason": ["stop"]}], "usage": usage}
    assert read_reply(json.dumps(body)) == {"text": "9 5", "finish": None, "tokens": tokens}
    judge.faults = [(200, {}, json.dumps(body).encode())] * 8
    assert all(
        review["scores"] for one in run_judge(answers, judge.url) for review in one["reviews"]
    )


def test_a_servers_commands_to_the_terminal_are_taken_out(answers, judge, caplog):
    red, title = "\x1b[31m", "\x1b]0;mine\x07"
    body = {"choices": [{"message": {"content": f"{red}9 5{title}\nGood.\x1b[0m"}}]}
    assert read_reply(json.dumps(body))["text"] == "9 5\nGood."
    caplog.set_level(logging.INFO)
    judge.faults = [
        (503, {"reason": f"{red}Away"}, b""),
        (400, {}, f"{red}{title}too long".encode()),
    ]
    found = run_judge(answers, judge.url, "--concurrency", "1")
    texts = [caplog.text, *(review["text"] for one in found for review in one["reviews"])]
    assert "answer 503 Away" in caplog.text and any("400: too long" in text for text in texts)
    assert not any("\x1b" in text for text in texts)


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


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_server_says_is_text_wherever_it_is_kept(judge, name):
    text = HOSTILE[name]
    body = text.encode("utf-8", "surrogatepass")
    reply = {"choices": [{"message": {"content": f"9 5\n{text}"}, "finish_reason": text}]}
    asked = Endpoint(judge.url, None, 5, Pace(None))
    judge.faults = [(200, {}, json.dumps(reply).encode()), (400, {}, body), (401, {}, body)]
    given, refused = asked.ask(QUESTION), asked.ask(QUESTION)
    with pytest.raises(InputError) as failed:
        asked.ask(QUESTION)
    lines = [given["finish"], refused["refused"], str(failed.value)]
    assert not any(COMMANDS.search(line.replace("\n", "")) for line in (given["text"], *lines))
    assert not any("\n" in line for line in lines) and max(map(len, lines)) < 300
    assert parse_scores(given["text"], "first line") == ((9.0, 5.0), None)


def test_ten_million_characters_are_read_at_once_and_told_in_short(judge):
    text, began = write_long(), time.process_time()
    reply = {"choices": [{"message": {"content": text + "(9, 5)"}, "finish_reason": text}]}
    found = read_reply(json.dumps(reply))
    assert parse_scores(found["text"], "tuple") == ((9.0, 5.0), None)
    for shape in ("first line", "last two lines"):
        assert parse_scores(text, shape)[0] is None
    assert len(found["finish"]) <= 200
    judge.faults = [(400, {}, text[: 2**21].encode())]
    assert len(Endpoint(judge.url, None, 5, Pace(None)).ask(QUESTION)["refused"]) < 300
    assert time.process_time() - began < 20
