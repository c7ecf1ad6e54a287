"""What the page shows of questions and answers, as HTML in which everything from outside is text.

Answers are shown as they are: no Markdown, HTML or LaTeX in them is rendered.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scripts.common.pieces import Piece
from scripts.infer.chat.conversation import Conversation
from scripts.infer.chat.speaker import Reply

TEMPLATES = Path(__file__).parent / "templates"
# What is compared: a word, a character of a script without spaces, blanks, or a sign.
WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]|\w+|\s+|[^\w\s]")
COMPARED = 4_000_000  # pairs of words: more take seconds, and are left unmarked
ENDINGS = {"end": "", "length": "cut at its longest", "stopped": "stopped"}


@dataclass(frozen=True)
class Pane:
    """An answer beside another: its name, its text in parts that differ or not, and a note."""

    name: str
    parts: list[tuple[str, bool]]
    note: str = ""


@cache
def templates() -> Environment:
    """Return what fills the templates in; everything from outside is escaped."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(name: str, **values: Any) -> str:
    """Fill a template in."""
    return templates().get_template(f"{name}.html.j2").render(values)


def show_conversation(
    conversation: Conversation, models: list[str], notes: list[str], coming: str | None = None
) -> str:
    """Return a conversation; `coming` is the text so far of an answer that is not complete."""
    turns = [
        {"asked": turn.instruction, "given": turn.input, "answer": turn.answer,
         "model": models[number] if number < len(models) else "",
         "note": notes[number] if number < len(notes) else ""}
        for number, turn in enumerate(conversation.turns)
    ]  # fmt: skip
    return render("conversation", turns=turns, coming=coming)


def show_panes(panes: list[Pane]) -> str:
    """Return answers side by side."""
    return render("panes", panes=panes)


def show_status(text: str, kind: str = "") -> str:
    """Return one line; `kind` is ``error`` or nothing."""
    return render("status", text=text, kind=kind)


def show_tokens(read: list[Piece], written: list[Piece], counts: tuple[int, int]) -> str:
    """Return what a model read and wrote, coloured by token, and how many tokens each has."""
    return render("tokens", lines=[("Read", read, counts[0]), ("Wrote", written, counts[1])])


def mark_differences(
    left: str, right: str
) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Return two texts in parts, and whether the other one lacks each."""
    one, other = WORD.findall(left), WORD.findall(right)
    if len(one) * len(other) > COMPARED:
        return [(left, False)], [(right, False)]
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    steps = matcher.get_opcodes()
    return (
        [("".join(one[a:b]), kind != "equal") for kind, a, b, _, _ in steps if b > a],
        [("".join(other[c:d]), kind != "equal") for kind, _, _, c, d in steps if d > c],
    )


def describe_reply(reply: Reply) -> str:
    """Return how long an answer is and took, and how it ended."""
    count = len(reply.ids)
    parts = [f"{count} token{'s' if count != 1 else ''}", f"{reply.seconds:.1f} s"]
    if ENDINGS[reply.ending]:
        parts.append(ENDINGS[reply.ending])
    if reply.prompt.dropped:
        parts.append(f"{reply.prompt.dropped} earlier turns did not fit")
    if reply.prompt.cut:
        parts.append("the question's beginning did not fit")
    return " · ".join(parts)
