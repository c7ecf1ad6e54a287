"""The commands of a conversation: ``/name`` and what stands behind it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from scripts.common.errors import InputError, nearest, shorten
from scripts.common.escapes import clean_line, replace_halves
from scripts.infer.chat.choices import NAMES, option_of
from scripts.infer.chat.find import Found, built_models
from scripts.infer.chat.notes import listing, note
from scripts.infer.chat.saved import load_session, save_session
from scripts.infer.chat.session import Session, Wanted, find_partner, load_partner
from scripts.infer.chat.views import View

# A path is no command, and neither is a question that begins with two of these.
COMMAND = re.compile(r"/([a-z][a-z_-]*|\?)(?:\s+(.*))?\s*", re.DOTALL | re.IGNORECASE)
OFF = "off"
OTHER_NAMES = {"exit": "quit", "bye": "quit", "?": "help"}


class Leave(Exception):
    """The conversation is to end."""


@dataclass(frozen=True)
class Scene:
    """What a command works on: the conversation, how answers are shown, whether one is wanted."""

    session: Session
    view: View
    wanted: Wanted = lambda: True


@dataclass(frozen=True)
class Command:
    """What a command does with the text behind it; its usage and meaning for /help."""

    run: Callable[[Scene, str], None]
    usage: str
    help: str


def show_help(scene: Scene, text: str) -> None:
    """List the commands, and what else a person can do."""
    listing({f"/{name} {one.usage}".rstrip(): one.help for name, one in COMMANDS.items()})
    note("A question that begins with / is written with //. Alt-Enter begins a new line, Tab "
         "completes commands and names, the arrow keys bring earlier questions back. Ctrl-C stops "
         "an answer, Ctrl-D leaves.", "")  # fmt: skip


def set_system(scene: Scene, text: str) -> None:
    """Show, set or remove the system message."""
    if text:
        system = "" if text == OFF else replace_halves(text)
        scene.session.change(lambda talk: replace(talk, system=system))
    system = scene.session.talk.system
    note(f"system message: {system}" if system else "no system message")


def reset(scene: Scene, text: str) -> None:
    """Forget what was said."""
    scene.session.change(lambda talk: replace(talk, turns=()))
    note("a new conversation; the system message and the settings stay")


def retry(scene: Scene, text: str) -> None:
    """Ask the last question again."""
    session = scene.session
    before = session.talk.turns[-1:]
    session.retry(scene.view, scene.wanted)
    if not session.choices.answer.temperature and session.talk.turns[-1:] == before:
        note("nothing is drawn at temperature 0; after /temperature 0.7 each answer is another")


def undo(scene: Scene, text: str) -> None:
    """Take the last question and its answer back."""
    turns = scene.session.talk.turns
    if not turns:
        raise InputError("nothing was asked yet")
    scene.session.change(lambda talk: talk.undo())
    note(f"taken back: {shorten(clean_line(turns[-1].instruction))!r}; {count(len(turns) - 1)}")


def count(turns: int) -> str:
    """Return a number of questions in words."""
    return f"{turns or 'no'} question{'s' * (turns != 1)} left"


def set_value(scene: Scene, text: str) -> None:
    """Set a setting by its name, or show them all."""
    name, _, value = text.partition(" ")
    if not name:
        note(", ".join(f"{option_of(n)} {scene.session.choices.get(n)}" for n in NAMES))
        return
    known = {option_of(known): known for known in NAMES}
    found = known.get(name.replace("_", "-").lower())
    if not found:
        raise InputError(f"/set {name}: no such setting{nearest(name, known)}")
    setter(found)(scene, value.strip())


def setter(name: str) -> Callable[[Scene, str], None]:
    """Return the command that shows a setting, or changes it."""

    def run(scene: Scene, text: str) -> None:
        if text:
            scene.session.choices = scene.session.choices.read(name, text)
        note(f"{option_of(name)} {scene.session.choices.get(name)}")

    return run


def save(scene: Scene, text: str) -> None:
    """Write the conversation to a file."""
    facts, read = save_session(scene.session, text)
    note(f"saved as {facts} and {read}")


def load(scene: Scene, text: str) -> None:
    """Continue a conversation that was saved."""
    load_session(scene.session, text)
    introduce(scene.session)
    turns = scene.session.talk.turns
    last = f"; the last was {shorten(clean_line(turns[-1].instruction))!r}" if turns else ""
    note(f"{len(turns)} questions were asked{last}")


def compare(scene: Scene, text: str) -> None:
    """Ask a second model the same questions from now on, or no longer."""
    session = scene.session
    if text == OFF:
        del session.partners[1:]
        return note(f"answers are {session.partners[0].name}'s alone")
    if not text:
        names = " and ".join(one.name for one in session.partners)
        return note(f"answers are of {names}; /compare NAME asks a second model, /compare off none")
    found = find_partner(text, None, session.dtype, session.results)
    if is_same(found, session.partners[0].found):
        raise InputError(f"/compare {text}: expected another model than the first")
    del session.partners[1:]  # two are in memory at a time
    second = load_partner(found)
    second.talk = session.talk
    session.partners.append(second)
    introduce(session)


def is_same(one: Found, other: Found) -> bool:
    """Tell whether two models are of one folder."""
    return one.folder.resolve() == other.folder.resolve()


def change_model(scene: Scene, text: str) -> None:
    """Continue the conversation with another model."""
    session = scene.session
    if text:
        found = find_partner(text, None, session.dtype, session.results)
        if any(is_same(one.found, found) for one in session.partners[1:]):
            raise InputError(f"/model {text}: expected another model than the second")
        session.partners[0] = replace(load_partner(found), talk=session.talk)
        if session.talk.turns:
            note("the conversation continues; /reset begins a new one")
    else:
        note(f"models: {', '.join(map(clean_line, built_models(session.results)))}")
    introduce(session)


def leave(scene: Scene, text: str) -> None:
    """End the conversation."""
    raise Leave


def introduce(session: Session) -> None:
    """Tell who is talked to."""
    for one in session.partners:
        note(one.describe())


COMMANDS = {
    "help": Command(show_help, "", "this list"),
    "system": Command(set_system, "[TEXT|off]", "a system message, shown or removed"),
    "reset": Command(reset, "", "a new conversation"),
    "retry": Command(retry, "", "the last question again: another draw, if one draws"),
    "undo": Command(undo, "", "the last question and its answer are taken back"),
    "temperature": Command(setter("temperature"), "[0.7]", "0 takes the likeliest token"),
    "top-p": Command(setter("top_p"), "[0.9]", "draws among this share of the likeliest tokens"),
    "top-k": Command(setter("top_k"), "[50]", "draws among so many likeliest tokens"),
    "beams": Command(setter("beams"), "[4]", "a beam search; its answer comes at once"),
    "max-new-tokens": Command(setter("max_new_tokens"), "[256]", "how long an answer may be"),
    "seed": Command(setter("seed"), "[1]", "of what is drawn"),
    "set": Command(set_value, "[NAME VALUE]", "all settings, or one of them"),
    "save": Command(save, "[FILE]", "JSON to load again, and Markdown to read"),
    "load": Command(load, "[FILE]", "a saved conversation, or the last one"),
    "compare": Command(compare, "[NAME|off]", "the same questions to a second model"),
    "model": Command(change_model, "[NAME]", "another model, or which there are"),
    "quit": Command(leave, "", "ends"),
}


def run_line(scene: Scene, line: str) -> bool:
    """Run a line if it is a command; return whether it was one.

    Raises:
        InputError: if there is no such command, or it cannot be done.
        Leave: if it ends the conversation.
    """
    name, text = split_line(line)
    if not name:
        return False
    if name not in COMMANDS:
        known = [f"/{name}" for name in COMMANDS]
        raise InputError(f"/{name}: no such command{nearest(f'/{name}', known)}")
    try:
        COMMANDS[name].run(scene, text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"{error.filename or f'/{name}'}: {error.strerror}") from None
    return True


def split_line(line: str) -> tuple[str, str]:
    """Return the name of the command that a line is, as `COMMANDS` has it, and what is behind it.

    The name is empty where the line is none.
    """
    found = COMMAND.fullmatch(line.strip())
    if not found:
        return "", ""
    name = option_of(found[1].lower())
    return OTHER_NAMES.get(name, name), (found[2] or "").strip()


def question_of(line: str) -> str:
    """Return the question that a line is, where it is no command."""
    return line[1:] if line.startswith("//") else line


def complete(line: str, session: Session) -> Iterator[str]:
    """Yield what the last word of a command's line may be: names of commands, models, settings."""
    name, space, word = line.removeprefix("/").partition(" ")
    options: list[str] = []
    if not space:
        options, word = [f"/{known}" for known in COMMANDS], f"/{name}"
    elif name in ("model", "compare"):
        options = built_models(session.results) + ([OFF] if name == "compare" else [])
    elif name == "set":
        options = [option_of(known) for known in NAMES]
    elif name == "system":
        options = [OFF]
    yield from (option for option in options if option.startswith(word))
