"""Conversations as they are published, OpenAI's and ShareGPT's, as turns of one form.

A turn is ``{role, content}`` (OpenAI), the content a text or a list of parts of type text, which
line breaks join, or ``{from, value}`` (ShareGPT). It becomes ``{role, content}`` with one of three
roles. A conversation becomes a system message, if there is one, then user and assistant in turn,
the assistant last:

- what the assistant says before the first question, or the user behind the last answer, is left out
  and counted (`Request.shortened`);
- a conversation with an empty turn, or without an answer, is dropped and counted; an empty system
  message is none;
- refused are two turns of one role in a row, a system message anywhere but first or two of them,
  any other role, calls of tools, parts that are no text, and answers of weight 0, by which OpenAI's
  form says that they are not to be learned.
"""

from collections.abc import Iterator
from typing import Any

from scripts.data.json_records import show
from scripts.data.request import Request

Turn = dict[str, str]
Numbered = tuple[int, Turn]
FORMS = (("role", "content"), ("from", "value"))
ROLES = {
    "system": "system", "developer": "system", "user": "user", "human": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "bing": "assistant",
    "bard": "assistant",
}  # fmt: skip
CALLS = ("tool_calls", "function_call")


class TurnError(ValueError):
    """What is wrong with a conversation."""


def convert(record: dict[str, Any], request: Request) -> dict[str, Any] | None:
    """Return a record's turns; None for one that is refused or dropped.

    Args:
        record: `messages` as published, and `system`, a system message or nothing.
    """
    try:
        system, turns = read_turns(record["messages"], record["system"])
        dialogue = cut_ends(turns)
        check_order(dialogue)
    except TurnError as error:
        request.refuse(f"expected a conversation; {error}")
        return None
    if reason := find_gap(dialogue):
        request.dropped[reason] += 1
        return None
    if dialogue[0] != turns[0]:
        request.shortened["the assistant's turns before the first question"] += 1
    if dialogue[-1] != turns[-1]:
        request.shortened["the user's turns behind the last answer"] += 1
    opening = [{"role": "system", "content": system}] if system.strip() else []
    return {"messages": [*opening, *(turn for _, turn in dialogue)]}


def read_turns(value: Any, beside: Any) -> tuple[str, list[Numbered]]:
    """Return the system message, from among the turns or `beside` them, and the other turns."""
    value = split_columns(value) if isinstance(value, dict) else value
    if not isinstance(value, list):
        raise TurnError(f"found {show(value)}")
    if not isinstance(beside, str):
        raise TurnError(f"found system: {show(beside)}")
    turns = [(number, read_turn(turn, number)) for number, turn in enumerate(value, 1)]
    further = [number for number, turn in turns[1:] if turn["role"] == "system"]
    if further:
        raise TurnError(f"turn {further[0]} is of the system, expected at the beginning alone")
    if not turns or turns[0][1]["role"] != "system":
        return beside, turns
    first = turns[0][1]["content"]
    if first.strip() and beside.strip() and first != beside:
        raise TurnError("turn 1 and the column system are two system messages")
    return first if first.strip() else beside, turns[1:]


def split_columns(value: dict[str, Any]) -> Any:
    """Return turns that are lists by key, as a `Sequence` of `datasets` has them, one by one."""
    columns = [*value.values()]
    if not columns or not all(isinstance(column, list) for column in columns):
        return value
    if len({*map(len, columns)}) > 1:
        raise TurnError(f"found lists that are not equally long: {show(value)}")
    return [dict(zip(value, turn, strict=True)) for turn in zip(*columns, strict=True)]


def read_turn(value: Any, number: int) -> Turn:
    """Return a turn of either form; its `number` is for messages, from 1 on."""
    if not isinstance(value, dict):
        raise TurnError(f"turn {number} is {show(value)}")
    form = next((form for form in FORMS if value.get(form[0]) is not None), None)
    if form is None:
        raise TurnError(f"turn {number} has no role or from: {show(value)}")
    named, said = (value.get(key) for key in form)
    role = ROLES.get(str(named).lower())
    if role is None:
        raise TurnError(f"turn {number} is of {show(named)}, expected system, user or assistant")
    if any(map(value.get, CALLS)):
        raise TurnError(f"turn {number} calls a tool")
    if role == "assistant":
        check_answer(value, number)
    text = "\n".join(read_parts(said)) if isinstance(said, list) else said
    if not isinstance(text, str):
        raise TurnError(f"turn {number} has {form[1]}: {show(said)}, expected a text")
    return {"role": role, "content": text}


def check_answer(value: dict[str, Any], number: int) -> None:
    """Raise `TurnError` where an answer is not to be learned as it is, word for word."""
    if value.get("weight") not in (None, 1):
        raise TurnError(f"turn {number} has the weight {value['weight']}, expected 1")
    if value.get("train") is False:
        raise TurnError(f"turn {number} has 'train: false'")
    if value.get("reasoning_content"):
        raise TurnError(f"turn {number} has reasoning_content, expected all in content")


def read_parts(parts: list[Any]) -> Iterator[str]:
    """Yield the text of each part of a content."""
    for part in parts:
        is_text = isinstance(part, dict) and part.get("type") == "text"
        if not (is_text and isinstance(part.get("text"), str)):
            raise TurnError(f"found the part {show(part)}, expected the type text")
        yield part["text"]


def cut_ends(turns: list[Numbered]) -> list[Numbered]:
    """Return the turns from the first question to the last answer, none without both."""
    asked = [place for place, (_, turn) in enumerate(turns) if turn["role"] == "user"]
    told = [place for place, (_, turn) in enumerate(turns) if turn["role"] == "assistant"]
    return turns[asked[0] : told[-1] + 1] if asked and told else []


def check_order(turns: list[Numbered]) -> None:
    """Raise `TurnError` unless user and assistant speak in turn."""
    for place, (number, turn) in enumerate(turns):
        if turn["role"] != ("user", "assistant")[place % 2]:
            raise TurnError(f"turns {number - 1} and {number} are both the {turn['role']}'s")


def find_gap(turns: list[Numbered]) -> str:
    """Return why a conversation has nothing to learn from, '' if it has."""
    if not turns:
        return "without a question or an answer"
    return "" if all(turn["content"].strip() for _, turn in turns) else "with an empty turn"
