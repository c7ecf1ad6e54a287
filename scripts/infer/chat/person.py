"""A conversation with a person at a terminal."""

import signal

from scripts.common.errors import InputError
from scripts.infer.chat.commands import (
    Leave,
    Scene,
    complete,
    introduce,
    question_of,
    run_line,
    split_line,
)
from scripts.infer.chat.keyboard import Keyboard
from scripts.infer.chat.notes import complain, note
from scripts.infer.chat.saved import keep_session
from scripts.infer.chat.session import Session
from scripts.infer.chat.views import choose_view

HELP = "/help lists the commands, Ctrl-C stops an answer, Ctrl-D leaves"


def converse(session: Session, as_json: bool, once: bool, given: str) -> None:
    """Let a person ask until that one leaves.

    Args:
        as_json: answers are lines of JSON.
        once: there is one question.
        given: the input of each question; empty: it is asked for, where the format has one.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    keyboard = Keyboard(lambda line: complete(line, session))
    introduce(session)
    note(HELP)
    while True:
        try:
            if take_turn(session, keyboard, as_json, given) and once:
                return
        except KeyboardInterrupt:
            note("stopped")  # a model that was being loaded
        except InputError as error:
            complain(error)
        except (EOFError, Leave):
            return


def take_turn(session: Session, keyboard: Keyboard, as_json: bool, given: str) -> bool:
    """Take a question or a command and do what it says; tell whether a question was answered."""
    note("")
    asks_input = session.takes_input and not given
    hint = "" if session.talk.turns else "a question, or /help"
    line = ask(keyboard, "instruction>" if asks_input else ">", hint)
    if line is None or not line.strip():
        return False
    if line.startswith("/") and is_done(session, keyboard, as_json, line):
        return False
    if asks_input:
        more = ask(keyboard, "input>", "Enter: none")
        if more is None:
            return False  # the instruction can be brought back by the arrow keys
        given = more
    # The window may have changed until now.
    view = choose_view(len(session.partners), as_json, alone=as_json)
    with keyboard.listening():
        session.ask(question_of(line), given, view, keyboard.wants)
    keep_session(session)
    return True


def ask(keyboard: Keyboard, label: str, hint: str) -> str | None:
    """Return what a person types; None for Ctrl-C, and how to leave is told where it was all."""
    line = keyboard.ask(label, hint)
    if line is None and keyboard.is_empty:
        note("Ctrl-D leaves, and so does /quit")
    return line


def is_done(session: Session, keyboard: Keyboard, as_json: bool, line: str) -> bool:
    """Run a line if it is a command; tell whether it was one."""
    view = choose_view(len(session.partners), as_json, alone=as_json)
    if split_line(line)[0] != "retry":
        return run_line(Scene(session, view), line)
    with keyboard.listening():
        done = run_line(Scene(session, view, keyboard.wants), line)
    keep_session(session)
    return done
