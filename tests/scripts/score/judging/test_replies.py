"""A reply that came is never asked for again."""

import json
import os
import signal
import subprocess
import sys
import time

from scripts.common.files import ROOT, read_jsonl, write_jsonl
from tests.support.judge_runs import (
    GOOD,
    command,
    run_judge,
)


def test_only_what_changed_is_asked(answers, judge):
    run_judge(answers, judge.url)
    records = read_jsonl(answers / "model.jsonl")
    records[2]["prediction"] = GOOD + " And more."
    write_jsonl(answers / "model.jsonl", records)
    run_judge(answers, judge.url)
    assert len(judge.asked) == 8 + 2
    run_judge(answers, judge.url, "--samples", "2")
    assert len(judge.asked) == 10 + 8


def test_a_torn_line_is_cut_off(answers, judge):
    expected = run_judge(answers, judge.url)
    journal = answers / "out" / ".open_en.replies.jsonl"
    journal.write_bytes(journal.read_bytes()[:-9])
    assert run_judge(answers, judge.url) == expected
    assert len(judge.asked) == 9
    assert journal.read_bytes().count(b"\n") == 8


def test_broken_lines_are_skipped_told_and_asked_again(answers, judge, caplog):
    """A damaged disk, or another program: lines that are no JSON, no reply, or no text."""
    expected = run_judge(answers, judge.url)
    journal = answers / "out" / ".open_en.replies.jsonl"
    lines = journal.read_bytes().splitlines()
    key = json.loads(lines[0].partition(b"\t")[0])["key"]
    odd = [[], {"key": 5, "reply": {}}, {"key": "a"}, {"key": "a", "reply": {"text": 5}}]
    odd += [{"key": "a", "reply": {"text": "9 5", "tokens": 7}}]
    odd += [{"key": key, "reply": {"text": "9 5\ud83d", "tokens": None}}]
    broken = [json.dumps(line).encode() for line in odd]
    broken += [b"\xff\xfe", b"[" * 200_000, b""]
    journal.write_bytes(b"\n".join([*broken, *lines[1:]]) + b"\n")
    before = len(judge.asked)
    assert run_judge(answers, judge.url) == expected
    assert len(judge.asked) - before == 1
    assert "6 lines are no replies, they are skipped" in caplog.text
    assert "lines are intact, dropping what is not" in caplog.text


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(answers, judge):
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
