"""Conversations of OpenAI's and of ShareGPT's form become turns of one form, or are counted."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.common.errors import InputError
from scripts.data.loaders import table
from scripts.data.request import SKIPPED, Request

TOLD = [
    {"role": "user", "content": "Who wrote it?"},
    {"role": "assistant", "content": "Lu Xun did."},
    {"role": "user", "content": "什么时候？"},
    {"role": "assistant", "content": "1918."},
]
SYSTEM = {"role": "system", "content": "Answer briefly."}
SPEAKERS = {"user": "human", "assistant": "gpt", "system": "system"}


def shared(turns):
    """Return turns in ShareGPT's form."""
    return [{"from": SPEAKERS[turn["role"]], "value": turn["content"]} for turn in turns]


def turn(letter, text=None):
    """Return a turn by its role's first letter."""
    role = {"u": "user", "a": "assistant", "s": "system"}[letter]
    return {"role": role, "content": f"{letter}." if text is None else text}


def load(path, rows, on_bad_record="fail", **options):
    """Return the messages that the loader makes of rows, and its request."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    request = Request([path], ["en"], options=options, kind="chat", on_bad_record=on_bad_record)
    return [record["messages"] for record in table.load(request)], request


@pytest.fixture
def path(tmp_path):
    return tmp_path / "talks.jsonl"


@pytest.mark.parametrize("form", [list, shared])
def test_both_forms_are_the_same_turns(path, form):
    found, _ = load(path, [{"messages": form(TOLD)}, {"messages": form([SYSTEM, *TOLD])}])
    assert found == [TOLD, [SYSTEM, *TOLD]]


def test_a_column_is_named_and_the_system_message_may_be_beside_it(path):
    rows = [
        {"conversations": shared(TOLD), "s": "Answer briefly."},
        {"conversations": shared(TOLD), "s": None},
        {"conversations": shared([turn("s", " "), *TOLD]), "s": "Answer briefly."},
        {"conversations": shared([SYSTEM, *TOLD]), "s": ""},
    ]
    columns = {"messages": "conversations", "system": "s"}
    found, _ = load(path, rows, columns=columns)
    assert found == [[SYSTEM, *TOLD], TOLD, [SYSTEM, *TOLD], [SYSTEM, *TOLD]]
    found, _ = load(path, [{"messages": TOLD}], constants={"system": "Answer briefly."})
    assert found == [[SYSTEM, *TOLD]]
    rows = [{"messages": [SYSTEM, *TOLD], "s": "Answer at length."}]
    with pytest.raises(InputError, match=r"line 1: .*two system messages"):
        load(path, rows, columns={"system": "s"})


def test_parts_of_text_are_joined_and_other_parts_refused(path):
    parts = [{"type": "text", "text": "One"}, {"type": "text", "text": "two"}]
    found, _ = load(path, [{"messages": [turn("u") | {"content": parts}, turn("a")]}])
    assert found[0][0]["content"] == "One\ntwo"
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    with pytest.raises(InputError, match=r"line 1: .*image_url"):
        load(path, [{"messages": [turn("u") | {"content": [*parts, image]}, turn("a")]}])


@pytest.mark.parametrize(
    ("turns", "kept", "shortened"),
    [
        ("aua", "ua", {"the assistant's turns before the first question": 1}),
        ("aauaua", "uaua", {"the assistant's turns before the first question": 1}),
        ("uau", "ua", {"the user's turns behind the last answer": 1}),
        ("saua", "sua", {"the assistant's turns before the first question": 1}),
    ],
)
def test_what_no_answer_follows_or_no_question_precedes_is_cut_and_counted(
    path, turns, kept, shortened
):
    found, request = load(path, [{"messages": [*map(turn, turns)]}])
    assert found == [[*map(turn, kept)]]
    assert request.shortened == shortened and not request.dropped


@pytest.mark.parametrize("turns", [[], "u", "a", "au", "s"])
def test_without_a_question_or_an_answer_there_is_nothing_to_learn(path, turns):
    found, request = load(path, [{"messages": [*map(turn, turns)]}])
    assert not found and request.dropped == {"without a question or an answer": 1}


@pytest.mark.parametrize("empty", [0, 1, 3])
def test_a_conversation_with_an_empty_turn_is_dropped(path, empty):
    turns = [turn(letter, " \n" if place == empty else None) for place, letter in enumerate("uaua")]
    found, request = load(path, [{"messages": turns}])
    assert not found and request.dropped == {"with an empty turn": 1} and not request.shortened


CALL = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function"}]}
BAD = [
    ([turn("u"), turn("u"), turn("a")], "turns 1 and 2 are both the user's"),
    ([turn("u"), turn("a"), turn("a")], "turns 2 and 3 are both the assistant's"),
    ([turn("u"), turn("s"), turn("a")], "turn 2 is of the system"),
    ([turn("a"), turn("s"), turn("u"), turn("a")], "turn 2 is of the system"),
    ([turn("u"), {"role": "tool", "content": "18"}, turn("a")], 'turn 2 is of "tool"'),
    ([turn("u"), {"from": "function_call", "value": "x"}], 'turn 2 is of "function_call"'),
    ([turn("u"), CALL, turn("a")], "turn 2 calls a tool"),
    ([turn("u"), turn("a") | {"weight": 0}], "turn 2 has the weight 0"),
    ([turn("u"), turn("a") | {"weight": 0.5}], "turn 2 has the weight 0.5, expected 1"),
    ([turn("u"), turn("a") | {"train": False}], "turn 2 has 'train: false'"),
    ([turn("u"), turn("a") | {"reasoning_content": "so"}], "turn 2 has reasoning_content"),
    ([turn("u"), {"role": "assistant", "content": None}], "turn 2 has content: null"),
    ([turn("u"), {"from": "gpt", "value": 3}], "turn 2 has value: 3"),
    ([turn("u"), {"text": "Hi"}], "turn 2 has no role or from"),
    (["Hi"], 'turn 1 is "Hi"'),
    ("Hi", 'found "Hi"'),
    ({"role": "user", "content": "Hi"}, 'found {"role": "user"'),
    ({"from": ["human", "gpt"], "value": ["Hi"]}, "not equally long"),
]


@pytest.mark.parametrize(("turns", "problem"), BAD)
def test_what_is_no_conversation_is_refused_with_its_line(path, turns, problem):
    rows = [{"messages": TOLD}, {"messages": turns}, {"messages": TOLD}]
    with pytest.raises(InputError) as refused:
        load(path, rows)
    assert "talks.jsonl, line 2: " in str(refused.value) and problem in str(refused.value)
    found, request = load(path, rows, on_bad_record="skip")
    assert found == [TOLD, TOLD] and request.dropped == {SKIPPED: 1}


def test_a_sequence_of_datasets_has_lists_by_key(path):
    lists = {"from": ["human", "gpt"], "value": ["Who?", "I."]}
    found, _ = load(path, [{"messages": lists}])
    assert found == [[turn("u", "Who?"), turn("a", "I.")]]


def test_arrow_fills_the_keys_that_a_turn_lacks(tmp_path):
    turns = [turn("u"), turn("a") | {"tool_calls": [{"id": "1"}]}]
    path = tmp_path / "talks.parquet"
    pq.write_table(pa.Table.from_pylist([{"messages": TOLD}, {"messages": turns}]), path)
    request = Request([path], ["en"], kind="chat", on_bad_record="skip")
    assert [record["messages"] for record in table.load(request)] == [TOLD]
    assert request.dropped == {SKIPPED: 1}
