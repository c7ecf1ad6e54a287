"""Texts are cut before what ends them, however they come."""

import json

import pytest

from scripts.serve.api_stops import Cutter, Events, cut_whole

STOPS = ("\n\nQ", "End")
CASES = {
    "one\n\nQ two": ("one", True),
    "one\n\n\nQ two": ("one\n", True),
    "a\n\nE EnEnd b\n\nQ": ("a\n\nE En", True),
    "a\n\n": ("a\n\n", False),
    "": ("", False),
}


@pytest.mark.parametrize("text", CASES)
@pytest.mark.parametrize("size", range(1, 6))
def test_pieces_of_any_size_give_the_same_text(text, size):
    cutter, found = Cutter(STOPS), []
    for start in range(0, len(text), size):
        found.append(cutter.feed(text[start : start + size]))
        so_far = "".join(found)
        assert CASES[text][0].startswith(so_far)
    expected, ended = CASES[text]
    assert ("".join(found) + cutter.finish(), cutter.ended) == (expected, ended)


def event(text=None, finish=None, **more) -> bytes:
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta} | ({"finish_reason": finish} if finish else {})
    return (
        b"data: " + json.dumps({"model": "m@main", "choices": [choice], **more}).encode() + b"\n\n"
    )


def read(data: bytes) -> list[dict]:
    return [json.loads(part.removeprefix("data: ")) for part in data.decode().split("\n\n") if part]


def test_a_stream_is_cut_and_its_ending_told():
    events = Events(STOPS)
    sent = [event("a E"), event("n") + event("d b"), event("c"), event(finish="length", usage={})]
    found = read(b"".join(map(events.feed, sent)))
    texts = [one["choices"][0]["delta"].get("content", "") for one in found]
    assert "".join(texts) == "a "
    assert found[-1]["choices"][0]["finish_reason"] == "stop" and "usage" in found[-1]
    assert {one["model"] for one in found} == {"m"}


def test_what_was_held_back_comes_before_the_ending():
    events = Events(STOPS)
    found = read(events.feed(event("a En")) + events.feed(event(finish="length", usage={"n": 1})))
    assert [one["choices"][0]["delta"].get("content") for one in found] == ["a ", "En", None]
    assert [one["choices"][0].get("finish_reason") for one in found] == [None, None, "length"]
    assert ["usage" in one for one in found] == [False, False, True]


def test_a_failure_is_told_as_openais_clients_read_it():
    (found,) = read(Events(STOPS).feed(b'data: {"error": "no memory"}\n\n'))
    assert found["error"]["message"] == "no memory" and found["error"]["type"] == "server_error"


def test_a_whole_answer_is_cut():
    choice = {"message": {"content": "a End"}, "finish_reason": "length"}
    found = cut_whole({"model": "m@main", "choices": [choice]}, STOPS)
    assert found["choices"][0] == {"message": {"content": "a "}, "finish_reason": "stop"}
    text = {"text": "a E", "finish_reason": "length"}
    assert cut_whole({"model": "m", "choices": [dict(text)]}, STOPS)["choices"][0] == text
