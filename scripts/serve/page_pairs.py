"""Two models asked the same: side by side, or blind, without names until a person has voted."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from secrets import randbelow
from typing import Any

from scripts.common.errors import InputError
from scripts.infer.chat.conversation import Conversation
from scripts.infer.chat.speaker import Reply, Settings
from scripts.serve.page_answers import stream_answer
from scripts.serve.page_fields import read_settings, read_text
from scripts.serve.page_html import (
    Pane,
    describe_reply,
    mark_differences,
    show_panes,
    show_status,
)
from scripts.serve.page_place import Place, explain
from scripts.serve.page_sessions import Answered, Session
from scripts.serve.speakers import Held
from scripts.study.ratings import Question, Spoken

SIDES = ("Left", "Right")
SEEDS = 2**31
SAID = {"left": "The left one is better", "right": "The right one is better", "tie": "Equally good",
        "bad": "Both are bad"}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """What a tab of two answers shows; None stays as it is."""

    panes: str | None = None
    status: str | None = None
    busy: bool = False
    rateable: bool = False


@dataclass(frozen=True)
class Asked:
    """A question that two models are to answer, alone and not in a conversation."""

    instruction: str
    input: str
    system: str
    settings: Settings


def read_question(place: Place, texts: dict[str, Any], fields: dict[str, Any]) -> Asked:
    """Return what is asked; `InputError` where it is nothing, or too much."""
    read = {name: read_text(name, texts[name], place.limits) for name in texts}
    if not (read["instruction"] or read["input"]).strip():
        raise InputError("Nothing is asked: write a question.")
    return Asked(**read, settings=read_settings(fields, place.limits))


def draw_pair(names: Sequence[str], seed: int) -> tuple[str, str]:
    """Return two of the models, in the order in which their answers are shown.

    Raises:
        InputError: if they are fewer than two.
    """
    if len(names) < 2:
        raise InputError("A blind comparison needs two models: choose more of them.")
    left, right = Random(seed).sample(list(names), 2)
    return left, right


def compare(
    place: Place,
    session: Session,
    models: tuple[str, str],
    texts: dict[str, Any],
    fields: dict[str, Any],
) -> Iterator[Pair]:
    """Show two models' answers to a question side by side, what differs marked."""
    try:
        asked = read_question(place, texts, fields)
        replies: list[Reply] = []
        for spoken in answer_both(place, session, models, asked):
            if isinstance(spoken, Reply):
                replies.append(spoken)
            elif isinstance(spoken, str):
                yield coming(models, replies, spoken)
        parts = mark_differences(replies[0].text, replies[1].text)
        panes = [
            Pane(name, marked, describe_reply(reply))
            for name, marked, reply in zip(models, parts, replies, strict=True)
        ]
        yield Pair(show_panes(panes), show_status(""))
    except Exception as error:
        yield Pair(status=show_status(explain(error), "error"))


def duel(
    place: Place,
    session: Session,
    names: Sequence[str],
    texts: dict[str, Any],
    fields: dict[str, Any],
    seed: int | None = None,
) -> Iterator[Pair]:
    """Show the answers of two models that a seed draws, without their names, to be voted on."""
    session.duel = None
    try:
        asked = read_question(place, texts, fields)
        seed = randbelow(SEEDS) if seed is None else seed
        models = draw_pair(names, seed)
        replies: list[Reply] = []
        helds: list[Held] = []
        for spoken in answer_both(place, session, models, asked):
            if isinstance(spoken, Held):
                helds.append(spoken)
            elif isinstance(spoken, Reply):
                replies.append(spoken)
            else:
                yield coming(SIDES, replies, spoken)
        answers = tuple(
            Spoken(held.speaker.name, held.weights, held.format, reply.text)
            for held, reply in zip(helds, replies, strict=True)
        )
        question = Question(asked.instruction, asked.input, asked.system)
        session.duel = Answered(
            uuid.uuid4().hex, question, asked.settings, answers, seed, tuple(names)
        )
        status = show_status("Which answer is better?")
        yield replace(coming(SIDES, replies, None), status=status, busy=False, rateable=True)
    except Exception as error:
        yield Pair(status=show_status(explain(error), "error"))


def answer_both(
    place: Place, session: Session, models: tuple[str, str], asked: Asked
) -> Iterator[Held | str | Reply]:
    """Yield, of each of two models in turn, itself, its text as it grows, and its reply."""
    for name in models:
        held = place.speakers.get(name)
        yield held
        conversation = Conversation(system=asked.system).ask(asked.instruction, asked.input)
        yield from stream_answer(held.speaker, conversation, asked.settings, session.stop)


def coming(names: Sequence[str], replies: Sequence[Reply], text: str | None) -> Pair:
    """Return the answers so far: whole ones, and the text of the one that comes."""
    texts = [reply.text for reply in replies]
    texts += [text or "", ""]
    panes = [Pane(name, [(one, False)]) for name, one in zip(names, texts, strict=False)]
    return Pair(show_panes(panes), show_status("The models answer, one after the other …"), True)


def vote(place: Place, session: Session, said: str) -> Pair:
    """Keep which answer is better, and show whose they are."""
    answered = session.duel
    if answered is None or answered.vote:
        return Pair(status=show_status("There is no comparison to vote on: ask again.", "error"))
    try:
        place.keep(answered, "blind", said)
    except (OSError, InputError) as error:
        return Pair(
            status=show_status(f"The vote could not be kept: {error}", "error"), rateable=True
        )
    session.duel = replace(answered, vote=said)
    left, right = answered.answers
    parts = mark_differences(left.text, right.text)
    panes = [Pane(one.model, marked) for one, marked in zip((left, right), parts, strict=True)]
    return Pair(show_panes(panes), show_status(f"{SAID[said]}: kept in {place.ratings}"))
