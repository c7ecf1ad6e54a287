"""A judge is asked fairly, patiently and never twice, and what it says is read strictly."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_json, read_jsonl, write_jsonl
from scripts.score import judge_answers
from scripts.score.judging import endpoint, parsing
from scripts.score.judging.parsing import parse_scores
from scripts.study.run import Run
from scripts.study.run_file import RunFile, write_run_file
from scripts.study.score import Access, Price
from tests.support.judge_stub import chat_completion, serve_judge

QUESTIONS = ["How do I cook rice?", "What is a noun?", "Why is the sea salty?", "Who wrote Emma?"]
GOOD = "That is a long and thorough answer to the question, with all one wants to know."
BAD = "I do not know what to say about that, sorry."


def judge_by_length(body: dict) -> str:
    """Give an answer a point for every ten of its characters."""
    text = body["messages"][-1]["content"]
    answers = [part.partition("</answer>")[0].strip() for part in text.split("<answer>")[1:]]
    return " ".join(str(min(10, 1 + len(answer) // 10)) for answer in answers) + "\nSo it is."


def prediction(number: int, answer: str, category: str = "generic") -> dict:
    return {
        "id": str(number),
        "task": "open",
        "instruction": QUESTIONS[number % len(QUESTIONS)],
        "input": "",
        "category": category,
        "prediction": answer,
    }


@pytest.fixture
def answers(tmp_path):
    """Write four questions' predictions: the model's good, the baseline's bad."""
    for name, answer in (("model", GOOD), ("base", BAD)):
        path = tmp_path / f"{name}.jsonl"
        write_jsonl(path, [prediction(number, f"{answer} {number}") for number in range(4)])
    return tmp_path


@pytest.fixture
def judge():
    with serve_judge(judge_by_length) as server:
        yield server


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(endpoint, "DELAY", 0.01)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def command(folder: Path, url: str, *more: str) -> list[str]:
    return [
        *("--predictions", str(folder / "model.jsonl"), "--model", "model"),
        *("--baseline", str(folder / "base.jsonl"), "--baseline-name", "base"),
        *("--benchmark", "open_en", "--base-url", url, "--judge", "j"),
        *("--output", str(folder / "out" / "open_en.jsonl"), *more),
    ]


def run_judge(folder: Path, url: str, *more: str) -> list[dict]:
    judge_answers.main(judge_answers.parser().parse_args(command(folder, url, *more)))
    return read_jsonl(folder / "out" / "open_en.jsonl")


class TestParsing:
    @pytest.mark.parametrize("text", ["9 7", "9 7\nFirst is better.", " 9, 7 \n", "9.0\t7.0\r\nx"])
    def test_two_numbers_on_the_first_line_are_the_scores(self, text):
        assert parse_scores(text, "first line") == ((9.0, 7.0), None)

    @pytest.mark.parametrize(
        "text",
        ["Scores: 9 7", "9", "9 7 5", "9/10 7/10", "nine seven", "9-7", "The first: 9\n7", "9 7."],
    )
    def test_anything_else_on_the_first_line_is_a_failure(self, text):
        assert parse_scores(text, "first line") == (None, parsing.NO_LINE)

    @pytest.mark.parametrize(
        "text", ["Well.\n\nOutput: (9, 7)", "It is (1, 2), no: (9,7).", "(9, 7)"]
    )
    def test_a_tuple_stands_at_the_end(self, text):
        assert parse_scores(text, "tuple") == ((9.0, 7.0), None)

    @pytest.mark.parametrize("text", ["(9, 7) is what I give", "9 7", "(9; 7)", "(a, b)"])
    def test_a_tuple_elsewhere_is_a_failure(self, text):
        assert parse_scores(text, "tuple") == (None, parsing.NO_TUPLE)

    @pytest.mark.parametrize("text", ["0 7", "11 7", "9 100"])
    def test_scores_outside_the_range_are_a_failure(self, text):
        assert parse_scores(text, "first line") == (None, parsing.OUT_OF_RANGE)

    def test_an_empty_reply_is_a_failure(self):
        assert parse_scores(" \n", "tuple") == (None, parsing.EMPTY)


class TestAsking:
    def test_each_answer_stands_first_once_and_scores_follow_the_systems(self, answers, judge):
        found = run_judge(answers, judge.url)
        assert len(judge.asked) == 8
        assert [record["id"] for record in found] == ["0", "1", "2", "3"]
        for record in found:
            assert [review["first"] for review in record["reviews"]] == ["model", "baseline"]
            first, second = record["reviews"]
            assert first["scores"] == second["scores"] == [9.0, 5.0]
            assert first["text"].startswith("9 5") and second["text"].startswith("5 9")

    def test_samples_are_asked_one_by_one(self, answers, judge):
        found = run_judge(answers, judge.url, "--samples", "3", "--orders", "one")
        assert len(judge.asked) == 12
        assert [review["sample"] for review in found[0]["reviews"]] == [0, 1, 2]

    def test_the_judge_gets_question_answers_and_settings(self, answers, judge):
        options = ("--temperature", "0.7", "--max-tokens", "11", "--concurrency", "1")
        run_judge(answers, judge.url, *options)
        _, path, body, headers = judge.asked[0]
        assert path == "/v1/chat/completions"
        assert body["model"] == "j" and body["temperature"] == 0.7 and body["max_tokens"] == 11
        assert QUESTIONS[0] in body["messages"][1]["content"]
        assert "Authorization" not in headers

    def test_braces_in_an_answer_stay(self, answers, judge):
        write_jsonl(answers / "model.jsonl", [prediction(n, "{question} {x}") for n in range(4)])
        run_judge(answers, judge.url, "--no-language-check")
        assert "{question} {x}" in judge.asked[0][2]["messages"][1]["content"]

    def test_a_reply_that_cannot_be_read_is_kept_with_its_reason(self, answers):
        with serve_judge(lambda body: "Both are fine.") as judge:
            found = run_judge(answers, judge.url)
        review = found[0]["reviews"][0]
        assert review["scores"] is None and review["reason"] == parsing.NO_LINE
        assert review["text"] == "Both are fine."

    def test_requests_run_side_by_side_but_no_more_than_asked_for(self, answers, judge):
        judge.delay = 0.1
        run_judge(answers, judge.url, "--concurrency", "4")
        assert 2 <= judge.busiest <= 4

    def test_requests_start_no_faster_than_the_pace(self, answers, judge):
        run_judge(answers, judge.url, "--requests-per-minute", "1200", "--concurrency", "8")
        times = sorted(when for when, *_ in judge.asked)
        assert times[-1] - times[0] >= 7 * 0.05 - 0.02

    def test_a_model_ties_with_itself_and_nobody_is_asked(self, answers, judge):
        found = run_judge(answers, judge.url, "--baseline-name", "model")
        assert not judge.asked
        assert [record["reviews"] for record in found] == [[]] * 4

    def test_other_questions_are_refused(self, answers, judge):
        write_jsonl(answers / "base.jsonl", [prediction(number, BAD) for number in range(1, 5)])
        with pytest.raises(InputError, match=r"model.jsonl: 2 ids are there or in .*such as '0'"):
            run_judge(answers, judge.url)


class TestLanguages:
    def test_an_answer_in_another_language_is_not_asked_about(self, answers, judge):
        chinese = "这是一个用中文写的回答，而问题是用英文问的。"
        write_jsonl(
            answers / "model.jsonl",
            [prediction(0, chinese), *(prediction(number, GOOD) for number in range(1, 4))],
        )
        found = run_judge(answers, judge.url)
        assert len(judge.asked) == 6
        assert found[0]["reviews"] == []
        assert found[0]["languages"] == {"question": "en", "model": "zh", "baseline": "en"}

    def test_figures_are_in_any_language(self, answers, judge):
        write_jsonl(answers / "model.jsonl", [prediction(number, "42") for number in range(4)])
        run_judge(answers, judge.url)
        assert len(judge.asked) == 8

    def test_it_is_asked_about_where_nobody_checks(self, answers, judge):
        write_jsonl(answers / "model.jsonl", [prediction(number, "你好") for number in range(4)])
        found = run_judge(answers, judge.url, "--no-language-check")
        assert len(judge.asked) == 8 and found[0]["languages"] is None


class TestPublishedPrompts:
    def files(self, folder):
        general = {
            "prompt_id": 1,
            "system_prompt": "S",
            "prompt_template": "{question}|{answer_1}|{answer_2}|{prompt}",
            "defaults": {"prompt": "general {x}"},
        }
        write_jsonl(
            folder / "prompt.jsonl",
            [general, {**general, "prompt_id": 2, "defaults": {"prompt": "count"}}],
        )
        ways = [(1, "general", 0.2), (2, "math", 0.4)]
        write_jsonl(
            folder / "reviewer.jsonl",
            [
                {
                    "reviewer_id": f"r-{category}",
                    "prompt_id": number,
                    "category": category,
                    "metadata": {"temperature": heat, "max_tokens": 64},
                }
                for number, category, heat in ways
            ],
        )
        paths = ["--prompts", folder / "prompt.jsonl", "--reviewers", folder / "reviewer.jsonl"]
        return [*map(str, paths), "--tuple", "math"]

    def test_the_category_picks_prompt_reviewer_and_shape(self, answers):
        for name in ("model", "base"):
            path = answers / f"{name}.jsonl"
            records = read_jsonl(path)
            records[1]["category"] = "math"
            write_jsonl(path, records)
        options = self.files(answers)
        with serve_judge(lambda body: "8 6\n(3, 4)") as judge:
            found = run_judge(answers, judge.url, "--orders", "one", *options)
        bodies = {
            body["messages"][1]["content"].split("|")[0]: body for _, _, body, _ in judge.asked
        }
        assert bodies[QUESTIONS[0]]["messages"][1]["content"].endswith("|general {x}")
        assert bodies[QUESTIONS[1]]["messages"][1]["content"].endswith("|count")
        assert bodies[QUESTIONS[1]]["temperature"] == 0.4
        assert found[0]["reviews"][0]["scores"] == [8.0, 6.0]
        assert found[1]["reviews"][0]["scores"] == [3.0, 4.0]
        assert found[1]["asked"]["wording"] == "r-math"

    def test_a_reviewer_without_its_prompt_is_refused(self, answers, judge):
        options = self.files(answers)
        path = answers / "prompt.jsonl"
        write_jsonl(path, read_jsonl(path)[:1])
        with pytest.raises(InputError, match=r"reviewer.jsonl:2: found no 2 there or in"):
            run_judge(answers, judge.url, *options)


class TestFaults:
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
    def test_a_passing_fault_is_met_again_and_leaves_no_trace(self, answers, judge, fault):
        expected = run_judge(answers, judge.url)
        (answers / "out" / ".open_en.replies.jsonl").unlink()
        judge.faults = [fault] * 3
        assert run_judge(answers, judge.url) == expected
        assert len(judge.asked) == 8 + 8 + 3

    def test_a_slow_reply_is_asked_for_again(self, answers, judge):
        judge.delay = 0.6
        options = ("--timeout", "0.2", "--orders", "one", "--concurrency", "8")
        with pytest.raises(InputError, match="gave up after 6 attempts: no answer in time"):
            run_judge(answers, judge.url, *options)
        assert len(judge.asked) >= 6

    def test_a_fault_that_stays_ends_the_run_and_keeps_what_came(self, answers, judge):
        run_judge(answers, judge.url, "--orders", "one", "--concurrency", "1")
        judge.faults = [(503, {}, b"")] * 100
        with pytest.raises(InputError, match="gave up after 6 attempts: answer 503"):
            run_judge(answers, judge.url, "--concurrency", "1")
        judge.faults = []
        before = len(judge.asked)
        run_judge(answers, judge.url)
        assert len(judge.asked) - before == 4

    def test_a_question_that_the_server_refuses_is_a_failure_of_its_own(self, answers, judge):
        judge.faults = [(400, {}, b'{"error": "too long"}')]
        found = run_judge(answers, judge.url, "--concurrency", "1")
        review = found[0]["reviews"][0]
        assert review["reason"] == "refused" and "too long" in review["text"]
        assert sum(r["reason"] is not None for one in found for r in one["reviews"]) == 1
        again = run_judge(answers, judge.url)
        assert len(judge.asked) == 9 and again[0]["reviews"][0]["scores"]

    def test_a_server_that_refuses_everything_is_set_up_wrongly(self, answers, judge):
        judge.faults = [(400, {}, b"no such model")] * 8
        with pytest.raises(InputError, match=r"it refused every question, with .*no such model"):
            run_judge(answers, judge.url)

    def test_a_wrong_key_ends_the_run_at_once_and_is_shown_nowhere(
        self, answers, judge, monkeypatch, caplog
    ):
        monkeypatch.setenv("MY_KEY", "sk-secret")
        judge.faults = [(401, {}, b'{"error": "wrong key sk-secret"}')]
        with pytest.raises(InputError, match=r"401 .*is the key right") as caught:
            run_judge(answers, judge.url, "--key", "MY_KEY", "--concurrency", "1")
        assert "sk-secret" not in str(caught.value) + caplog.text
        assert judge.asked[0][3]["Authorization"] == "Bearer sk-secret"
        run_judge(answers, judge.url, "--key", "MY_KEY")
        for file in answers.rglob("*"):
            assert file.is_dir() or b"sk-secret" not in file.read_bytes()

    def test_a_redirect_is_not_followed(self, answers, judge, monkeypatch):
        monkeypatch.setenv("MY_KEY", "sk-secret")
        with serve_judge(judge_by_length) as other:
            location = {"Location": f"{other.url}/chat/completions"}
            judge.faults = [(status, location, b"") for status in (301, 302, 307, 308)]
            for status in (301, 302, 307, 308):
                with pytest.raises(InputError, match=f"completions: answer {status} "):
                    run_judge(answers, judge.url, "--key", "MY_KEY", "--concurrency", "1")
            assert not other.asked

    def test_nothing_is_asked_after_a_failure_that_retrying_cannot_help(self, answers, judge):
        judge.faults = [(404, {}, b"no such model"), *[(500, {}, b"")] * 20]
        with pytest.raises(InputError, match="answer 404"):
            run_judge(answers, judge.url, "--concurrency", "1")
        assert len(judge.asked) == 1

    def test_nothing_is_sent_that_the_environment_has(self, answers, judge, monkeypatch, tmp_path):
        for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
            monkeypatch.setenv(name, "sk-other")
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password sk-other\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        run_judge(answers, judge.url, "--key", "UNSET_KEY")
        for *_, headers in judge.asked:
            assert "sk-other" not in str(headers) and "Authorization" not in headers


class TestCost:
    def test_it_is_said_before_anything_is_asked(self, answers, judge, caplog):
        with caplog.at_level("INFO", logger="lingraft"):
            run_judge(answers, judge.url, "--price", "30", "60")
        said = caplog.messages[0]
        assert re.search(r"8 of 8 reviews to ask j, about [\d,]+ tokens in and at most 2,048", said)
        assert re.search(r"at most 0\.\d\d USD$", said)

    def test_what_the_server_counted_is_kept(self, answers, judge):
        run_judge(answers, judge.url, "--price", "30", "60")
        (facts,) = answers.glob("out/*.meta.json")
        assert read_json(facts)["settings"]["tokens"] == {"input": 800, "output": 56}
        assert read_json(facts)["settings"]["dollars"] == pytest.approx(800 * 30e-6 + 56 * 60e-6)

    def test_more_than_allowed_is_refused_and_nothing_is_asked(self, answers, judge):
        with pytest.raises(InputError, match=r"max_cost: 8 requests .*at most .* USD, allowed"):
            run_judge(answers, judge.url, "--price", "30", "60", "--max-cost", "0.01")
        assert not judge.asked

    def test_what_is_there_costs_nothing(self, answers, judge):
        run_judge(answers, judge.url)
        run_judge(answers, judge.url, "--price", "30", "60", "--max-cost", "0")
        assert len(judge.asked) == 8


class TestResuming:
    def test_only_what_changed_is_asked(self, answers, judge):
        run_judge(answers, judge.url)
        records = read_jsonl(answers / "model.jsonl")
        records[2]["prediction"] = GOOD + " And more."
        write_jsonl(answers / "model.jsonl", records)
        run_judge(answers, judge.url)
        assert len(judge.asked) == 8 + 2
        run_judge(answers, judge.url, "--samples", "2")
        assert len(judge.asked) == 10 + 8

    def test_a_torn_line_is_cut_off(self, answers, judge):
        expected = run_judge(answers, judge.url)
        journal = answers / "out" / ".open_en.replies.jsonl"
        journal.write_bytes(journal.read_bytes()[:-9])
        assert run_judge(answers, judge.url) == expected
        assert len(judge.asked) == 9
        assert len(read_jsonl(journal)) == 8

    def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(self, answers, judge):
        run_judge(answers, judge.url)
        output = answers / "out" / "open_en.jsonl"
        journal = answers / "out" / ".open_en.replies.jsonl"
        whole = output.read_bytes()
        output.unlink()
        journal.unlink()
        judge.asked.clear()
        judge.delay = 0.15
        script = [sys.executable, "-m", "scripts.score.judge_answers"]
        started = subprocess.Popen(
            [*script, *command(answers, judge.url, "--concurrency", "1")], cwd=ROOT, env=os.environ
        )
        deadline = time.monotonic() + 60
        while not (journal.exists() and journal.read_bytes().count(b"\n") >= 3):
            assert time.monotonic() < deadline and started.poll() is None
            time.sleep(0.02)
        started.send_signal(signal.SIGKILL)
        started.wait()
        kept = journal.read_bytes().count(b"\n")
        assert 3 <= kept < 8 and not output.exists()
        before = len(judge.asked)
        run_judge(answers, judge.url)
        assert output.read_bytes() == whole
        assert len(judge.asked) - before == 8 - kept
        bodies = [json.dumps(body) for _, _, body, _ in judge.asked]
        # One may have been on its way when the process died.
        assert len(bodies) - len(set(bodies)) <= 1


def read_access(*options):
    words = ["--predictions", "p", "--model", "m", "--baseline", "b", "--baseline-name", "base"]
    words += ["--benchmark", "x", "--judge", "j", "--output", "o", *map(str, options)]
    return judge_answers.read_access(judge_answers.parser().parse_args(words))


def test_how_the_judge_is_reached_is_in_the_run_file_and_an_option_wins(tmp_path):
    path = tmp_path / "run.json"
    judge = Access(base_url="http://file/v1", key="MINE", price=Price(input=1, output=2.5))
    write_run_file(RunFile(Run(), (), {}, judge), path)
    assert read_access("--run", path) == judge
    found = read_access("--run", path, "--base-url", "http://mine/v1", "--price", 3, 4)
    assert (found.base_url, found.key, found.concurrency) == ("http://mine/v1", "MINE", 4)
    assert found.price == Price(input=3, output=4)
    assert read_access("--base-url", "http://mine/v1") == Access(base_url="http://mine/v1")


def test_a_judge_without_a_server_is_one_line(tmp_path):
    write_run_file(RunFile(Run(), (), {}, None), tmp_path / "run.json")
    for options in ([], ["--run", tmp_path / "run.json"]):
        with pytest.raises(InputError, match="--base-url: found no server"):
            read_access(*options)
    with pytest.raises(InputError, match=r"gone.json: No such file or directory"):
        read_access("--run", tmp_path / "gone.json")
