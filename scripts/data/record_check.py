"""What every record of every loader must be: the columns of its kind, each of its type."""

from typing import Any

from scripts.common.errors import shorten
from scripts.study.kinds import KINDS, LISTS, NUMBERS, OPTIONAL, ROLES, TURNS

Record = dict[str, Any]


def text_fields(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind that has nothing but texts, none of any other."""
    fields = KINDS[kind].fields
    return () if {*fields} & {*LISTS, *NUMBERS, *OPTIONAL, *TURNS} else fields


def has_texts(record: Record, fields: tuple[str, ...]) -> bool:
    """Tell whether a record has these fields, all of them texts: the way of millions of pairs."""
    for value in record.values():
        if type(value) is not str:
            return False
    return tuple(record) == fields


def find_fault(record: Record, kind: str) -> str:
    """Return what is wrong with a record of this kind, '' for nothing."""
    fields = KINDS[kind].fields
    if tuple(record) != fields:
        return f"found the fields {', '.join(record)}, expected {', '.join(fields)}"
    return next(filter(None, (field_fault(name, record) for name in fields)), "")


def field_fault(name: str, record: Record) -> str:
    """Return what is wrong with one field of a record, '' for nothing."""
    value = record[name]
    if name in OPTIONAL and value is None:
        return ""
    if name in NUMBERS:
        right = type(value) is int and 0 <= value < len(record["choices"])
        expected = "the number of a choice"
    elif name in LISTS:
        right = isinstance(value, list) and all(isinstance(item, str) for item in value)
        expected = "a list of texts"
    elif name in TURNS:
        right, expected = is_conversation(value), "turns of user and assistant, one after the other"
    else:
        right, expected = isinstance(value, str), "a text"
    return "" if right else f"{name} is {shorten(repr(value))}, expected {expected}"


def is_conversation(value: Any) -> bool:
    """Tell whether a value is turns: a system message, if any, then user and assistant in turn."""
    if not isinstance(value, list) or not all(map(is_turn, value)):
        return False
    roles = [turn["role"] for turn in value]
    rest = roles[1:] if roles[:1] == ["system"] else roles
    return bool(rest) and rest == ["user", "assistant"] * (len(rest) // 2)


def is_turn(value: Any) -> bool:
    """Tell whether a value is a turn: a role and a content, a text."""
    right = isinstance(value, dict) and tuple(value) == ("role", "content")
    return right and value["role"] in ROLES and isinstance(value["content"], str)
