"""The section on tokens: sentences coloured by token, as pieces of text with their tokens."""

import unicodedata
from pathlib import Path
from typing import Any

from scripts.common.files import read_records
from scripts.common.pieces import COLOURS, NOTHING, Piece
from scripts.report.inputs import Inputs

TITLE, ORDER = "Tokens", 70


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the sentences, or None where none were cut."""
    return show_coloured(inputs.coloured_tokens) if inputs.coloured_tokens else None


def show_coloured(path: Path) -> dict[str, Any]:
    """Return the sentences of `colour_tokens`; `InputError` names a line that lacks a key."""
    fields = {"language": str, "text": str, "tokenizers": dict}
    records = read_records(path, "the sentences of colour_tokens", fields)
    return {"sentences": [show_sentence(record) for record in records]}


def show_sentence(record: dict[str, Any]) -> dict[str, Any]:
    """Return one sentence with its direction, and one line per tokenizer."""
    lines = [
        {"tokenizer": name, "pieces": join_tokens(record["text"], tokens), "count": len(tokens)}
        for name, tokens in record["tokenizers"].items()
    ]
    return {
        "language": record["language"],
        "direction": find_direction(record["text"]),
        "lines": lines,
    }


def find_direction(text: str) -> str:
    """Return ``rtl`` if most letters are of a script that is written from right to left."""
    kinds = [unicodedata.bidirectional(character) for character in text]
    return "rtl" if kinds.count("R") + kinds.count("AL") > kinds.count("L") else "ltr"


def join_tokens(text: str, tokens: list[dict[str, Any]]) -> list[Piece]:
    """Return the text in pieces; tokens that share a character make one."""
    pieces, place = [], 0
    for group in group_tokens(tokens):
        start, end = group[0][1]["start"], max(token["end"] for _, token in group)
        if start > place:
            pieces.append(Piece(text[place:start], "", [], False))
        pieces.append(
            Piece(
                text=text[start:end] or NOTHING,
                title="\n".join(f"{token['id']}: {token['text']}" for _, token in group),
                colours=[number % COLOURS for number, _ in group],
                is_new=any(token["new"] for _, token in group),
            )
        )
        place = end
    return [*pieces, Piece(text[place:], "", [], False)] if place < len(text) else pieces


def group_tokens(tokens: list[dict[str, Any]]) -> list[list[tuple[int, dict[str, Any]]]]:
    """Return the numbered tokens in groups of those that overlap."""
    groups: list[list[tuple[int, dict[str, Any]]]] = []
    end = 0
    for number, token in enumerate(tokens):
        if groups and token["start"] < end:
            groups[-1].append((number, token))
        else:
            groups.append([(number, token)])
        end = max(end, token["end"])
    return groups
