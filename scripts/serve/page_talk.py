"""The page's conversation: what happens when a person asks, stops, retries, undoes, rates."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from scripts.common.errors import InputError
from scripts.infer.chat.conversation import takes_turns
from scripts.infer.chat.speaker import Reply, Settings, Speaker
from scripts.serve.page_answers import stream_answer
from scripts.serve.page_fields import read_settings, read_text
from scripts.serve.page_html import describe_reply, show_conversation, show_status, show_tokens
from scripts.serve.page_place import Place, explain
from scripts.serve.page_sessions import Answered, Session
from scripts.serve.speakers import Held
from scripts.serve.token_pieces import new_tokens, show_ids
from scripts.study.ratings import Question, Spoken

AGAIN = "The server has been restarted since, and has forgotten this conversation: ask again."


@dataclass(frozen=True)
class View:
    """What the tab shows; None stays as it is.

    `busy`: an answer is being waited for; `rateable`: the last answer can be rated.
    """

    chat: str | None = None
    status: str | None = None
    tokens: str | None = None
    instruction: str | None = None
    input: str | None = None
    busy: bool = False
    rateable: bool = False


def view(session: Session, status: str = "", kind: str = "", **more: Any) -> View:
    """Return the tab as the session is."""
    chat = show_conversation(session.conversation, session.models, session.notes)
    rateable = session.answered is not None
    return View(chat, show_status(status, kind), rateable=rateable, **more)


def ask(
    place: Place, session: Session, model: str, texts: dict[str, Any], fields: dict[str, Any]
) -> Iterator[View]:
    """Answer a question; `texts` are instruction, input and system message."""
    try:
        read = {name: read_text(name, texts[name], place.limits) for name in texts}
        settings = read_settings(fields, place.limits)
        if not (read["instruction"] or read["input"]).strip():
            raise InputError("Nothing is asked: write a question.")
        yield View(status=show_status(f"Loading {model} …"), busy=True)
        held = place.speakers.get(model)
        session.begin(read["instruction"], read["input"], read["system"])
        yield from answer(place, session, held, settings)
    except Exception as error:
        yield view(session, explain(error), "error")


def retry(place: Place, session: Session, model: str, fields: dict[str, Any]) -> Iterator[View]:
    """Answer the last question again; where tokens are drawn, others are."""
    try:
        settings = read_settings(fields, place.limits)
        if not session.conversation.turns:
            raise InputError("Nothing has been asked yet.")
        yield View(status=show_status(f"Loading {model} …"), busy=True)
        held = place.speakers.get(model)
        session.again()
        yield from answer(place, session, held, settings)
    except Exception as error:
        yield view(session, explain(error), "error")


def answer(place: Place, session: Session, held: Held, settings: Settings) -> Iterator[View]:
    """Answer the conversation's last question."""
    speaker = held.speaker
    session.models.append(speaker.name)
    yield View(
        show_conversation(session.conversation, session.models, session.notes, ""),
        show_status(f"{speaker.name} answers …"), instruction="", input="", busy=True,
    )  # fmt: skip
    name = str(session.tries) if session.tries else ""
    try:
        for found in stream_answer(speaker, session.conversation, settings, session.stop, name):
            if isinstance(found, Reply):
                session.end(found, describe_reply(found))
                session.answered = rateable(session, held, settings)
                status = f"{speaker.name}: format {held.format}, {speaker.dtype}"
                yield view(session, status, tokens=colour(speaker, found))
            else:
                coming = show_conversation(
                    session.conversation, session.models, session.notes, found
                )
                yield View(coming, busy=True)
    finally:
        session.drop_unanswered()


def rateable(session: Session, held: Held, settings: Settings) -> Answered:
    """Return the last answer as it may be rated."""
    *before, last = session.conversation.turns
    if not takes_turns(held.speaker.form):
        before = []  # it was not told of them
    told = tuple((turn.instruction, turn.answer or "") for turn in before)
    question = Question(last.instruction, last.input, session.conversation.system, told)
    spoken = Spoken(held.speaker.name, held.weights, held.format, last.answer or "")
    return Answered(uuid.uuid4().hex, question, settings, (spoken,))


def colour(speaker: Speaker, reply: Reply) -> str:
    """Return what the model read and wrote, coloured by token."""
    new = new_tokens(speaker.folder)
    read, written = (show_ids(speaker.tokenizer, ids, new) for ids in (reply.prompt.ids, reply.ids))
    return show_tokens(read, written, (len(reply.prompt.ids), len(reply.ids)))


def undo(session: Session) -> View:
    """Take the last question back, into its box."""
    if not session.conversation.turns:
        return view(session, "There is nothing to undo.")
    last = session.conversation.turns[-1]
    session.drop()
    return view(session, instruction=last.instruction, input=last.input, tokens="")


def reset(session: Session) -> View:
    """Begin a new conversation."""
    session.reset()
    return view(session, tokens="")


def stop(session: Session) -> View:
    """End the answer that is coming, or waited for."""
    if session.interrupt():
        return View(status=show_status("Stopping …"), busy=True)
    return view(session, "Stopped.")


def rate(place: Place, session: Session, vote: str) -> View:
    """Keep a thumb, up or down, for the last answer; a second one replaces it."""
    answered = session.answered
    if answered is None:
        return View(status=show_status(AGAIN, "error"))
    try:
        place.keep(answered, "thumb", vote)
    except (OSError, InputError) as error:
        status = show_status(f"The rating could not be kept: {error}", "error")
        return View(status=status, rateable=True)
    session.answered = replace(answered, vote=vote)
    said = "Good" if vote == "up" else "Bad"
    return View(status=show_status(f"{said}: kept in {place.ratings}"), rateable=True)
