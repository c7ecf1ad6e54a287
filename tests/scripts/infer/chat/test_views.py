"""Answers are shown as they come, and no more of them than text."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout

import pytest
from rich.cells import cell_len

from scripts.infer.chat.choices import Choices
from scripts.infer.chat.views import ColumnsView, JsonView, TextView, View, write_line
from tests.support.hostile import COMMANDS, HOSTILE
from tests.support.screens import show

DIRTY = "one\x1b[31m two\x1b]0;title\x07\rthree\u202e\n50 %\x9b2J"
CLEAN = "one two\nthree\n50 %2J"


class Screen(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self):
        return True


def answer(text, **facts):
    told = {"text": text, "ending": "end", "tokens": 3, "seconds": 1.25, "dropped_turns": 0}
    return told | {"question_cut": False, **Choices().to_mapping(), **facts}


def write(view: View, names: list[str], *texts: str, **facts: object) -> tuple[str, str]:
    """Return what is written when texts come character by character: answers, and all else."""
    out, told = Screen(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(told), view.showing(names):
        for number, text in enumerate(texts):
            for size in range(1, len(text) + 1):
                view.told(number, text[:size])
            view.ended(number, answer(text, **facts))
    return out.getvalue(), told.getvalue()


def test_a_command_in_pieces_never_reaches_the_terminal():
    out, told = write(TextView(alone=False), ["a"], DIRTY)
    assert out == CLEAN + "\n" and told == "3 tokens in 1.2 s\n"
    for end in ("\x1b", "\x1b[3", "\x1b]0;title"):
        assert "\x1b" not in write(TextView(alone=True), ["a"], "text" + end)[0]


def test_what_does_not_fit_is_told():
    facts = {"ending": "length", "dropped_turns": 2, "question_cut": True}
    _, told = write(TextView(alone=True), ["a"], "text", **facts)
    assert told.splitlines() == [
        "the window is full: the first 2 turns were left out",
        "the window is full: the beginning of the question was left out",
        "cut at 3 tokens: max-new-tokens allows more",
    ]
    assert write(TextView(alone=True), ["a"], "") == ("\n", "the answer is empty\n")


def test_two_models_are_named():
    out, told = write(TextView(alone=True), ["a\x1b[2J", "b"], "one", "two")
    assert (out, told) == ("one\ntwo\n", "a\nb\n")


@pytest.mark.parametrize("text", ["short", DIRTY, "很长的回答。" * 300])
def test_columns_end_with_both_answers(text, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "20")
    monkeypatch.setenv("TERM", "xterm")
    out, _ = write(ColumnsView(), ["a\x1b[2J", "b"], text[-80:], "好" * 50)
    lines = show(out.replace("\n", "\r\n").encode(), 100, 60).splitlines()
    assert lines[0].split() == ["a", "│", "b"]
    assert {cell_len(line.partition("│")[0]) for line in lines} == {49}
    assert "".join(lines).count("好") == 50
    long, _ = write(ColumnsView(), ["a", "b"], "word\n" * 100, "")
    shown = show(long.replace("\n", "\r\n").encode(), 100, 120)
    assert shown.count("word") == 100


def test_lines_of_json_hold_the_text_and_obey_no_terminal():
    out, told = write(JsonView(), ["a"], DIRTY)
    assert json.loads(out)["text"] == DIRTY and not told
    assert not set(out[:-1]) & {"\x1b", "\x9b", "\u202e", "\r", "\n"}
    assert "好" in write_line({"text": "好"})


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_of_a_model_is_a_command_of_the_terminal(name):
    text = HOSTILE[name]
    for view in (TextView(alone=True), TextView(alone=False)):
        out, told = write(view, ["a", text], "one", text)
        assert not COMMANDS.search(out.replace("\n", "") + told.replace("\n", ""))
    line = write(JsonView(), ["a"], text)[0]
    assert json.loads(line)["text"] == text
    # Half a character is replaced where the stream encodes it (`set_streams`).
    assert not COMMANDS.search(line.rstrip("\n").encode("utf-8", "replace").decode())
