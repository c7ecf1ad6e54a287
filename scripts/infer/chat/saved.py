"""Conversations as files: JSON that can be loaded again, and Markdown to read."""

from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.escapes import clean_text
from scripts.common.files import read_json, write_json, write_text
from scripts.common.settings import key_schema
from scripts.infer.chat.choices import KEYS, LIMIT, SEED, Choices
from scripts.infer.chat.conversation import Conversation, Turn
from scripts.infer.chat.find import Found
from scripts.infer.chat.session import Partner, Session, find_partner, load_partner
from scripts.study.answer import Answer
from scripts.study.validate import check_form

LAST = Path(".cache/chat/last.json")  # what was said last, should the program not end well
WHAT = "a conversation that /save wrote"
TEXT = {"type": "string"}


def form_of(**properties: Any) -> dict[str, Any]:
    """Return the JSON Schema of a mapping that has these keys and no others."""
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


def list_of(items: dict[str, Any], **limits: int) -> dict[str, Any]:
    """Return the JSON Schema of a list."""
    return {"type": "array", "items": items, **limits}


NUMBERS = {
    **{name: key_schema(key) for name, key in KEYS.items()},
    LIMIT: {"type": "integer", "minimum": 1},
    SEED: {"type": "integer"},
}
TURN = form_of(instruction=TEXT, input=TEXT, answer=TEXT)
MODEL = form_of(model=TEXT, folder=TEXT, format=TEXT, dtype=TEXT, system=TEXT, turns=list_of(TURN))
FORM = form_of(settings=form_of(**NUMBERS), models=list_of(MODEL, minItems=1, maxItems=2))


def describe_session(session: Session) -> dict[str, Any]:
    """Return a session as JSON has it."""
    return {
        "settings": session.choices.to_mapping(),
        "models": [
            {
                "model": one.name,
                "folder": str(one.found.folder),
                "format": one.found.format,
                "dtype": one.speaker.dtype,
                "system": one.talk.system,
                "turns": [asdict(turn) for turn in one.talk.turns],
            }
            for one in session.partners
        ],
    }


def save_session(session: Session, name: str) -> tuple[Path, Path]:
    """Write a conversation as JSON and as Markdown; return both paths.

    Args:
        name: of one of the two files, or what both have before their endings; empty: one is made
            up, in ``results/chats``.

    Raises:
        InputError: if there is a file of this name that is no conversation.
    """
    if not name:
        time = datetime.now().strftime("%Y-%m-%d-%H%M%S")
        name = str(session.results / f"chats/{session.partners[0].name}-{time}")
    facts, read = files_of(name)
    if facts.exists() or read.exists():
        check_saved(facts, read)
    elif Path(name).expanduser().is_dir():
        raise InputError(f"{name}: is a folder, expected the name of a file")
    write_json(facts, describe_session(session))
    write_text(read, write_markdown(session))
    return facts, read


def files_of(name: str) -> tuple[Path, Path]:
    """Return the files of a conversation that a person names by one of them, or by their stem."""
    path = Path(name.rstrip("."))  # what both have, as Tab completes it
    if "\0" in name or name.endswith("/") or not path.name:
        raise InputError(f"{name!r}: expected the name of a file")
    try:
        path = path.expanduser()
    except RuntimeError as error:  # of ~somebody
        raise InputError(f"{name}: {str(error).rstrip('.')}") from None
    stem = path.stem if path.suffix in (".json", ".md") else path.name
    return path.with_name(f"{stem}.json"), path.with_name(f"{stem}.md")


def check_saved(facts: Path, read: Path) -> None:
    """Refuse to write over what no conversation was written to."""
    try:
        check_form(read_json(facts, WHAT), FORM, str(facts))
    except InputError:
        path = facts if facts.exists() else read
        raise InputError(f"{path}: is there already, and is not {WHAT}") from None


def keep_session(session: Session) -> None:
    """Write a conversation where it is looked for when none is named; nothing where it cannot."""
    try:
        write_json(LAST, describe_session(session))
    except (OSError, InputError):
        return


def load_session(session: Session, name: str) -> None:
    """Continue a conversation that was saved, with its models, settings and system message.

    Args:
        name: of one of its files, or what both have before their endings; empty: the last one.

    Raises:
        InputError: if it is none, or a model of it is not there; nothing changes then.
    """
    path, _ = files_of(name or str(LAST))
    found = read_json(path, WHAT)
    check_form(found, FORM, str(path))
    choices = Choices.of(found["settings"])
    partners = [restore(session, model) for model in found["models"]]
    session.partners, session.choices, session.retries = partners, choices, 0


def restore(session: Session, model: dict[str, Any]) -> Partner:
    """Return a model with what was said to it, the loaded one where that is it."""
    turns = tuple(Turn(**turn) for turn in model["turns"])
    talk = Conversation(turns, model["system"])
    found = locate(model, session)
    for one in session.partners:
        same = one.found.folder.resolve() == found.folder.resolve()
        if same and one.found.form == found.form:
            return replace(one, talk=talk)
    return replace(load_partner(found), talk=talk)


def locate(model: dict[str, Any], session: Session) -> Found:
    """Return a saved model: by its name in the study, or else by its folder."""
    format = None if model["format"] == "own" else model["format"]
    try:
        return find_partner(model["model"], format, session.dtype, session.results)
    except InputError:
        if not Path(model["folder"]).is_dir():
            raise
    return find_partner(model["folder"], format, session.dtype, session.results)


def write_markdown(session: Session) -> str:
    """Return a conversation as Markdown, cleaned; two models' answers one below the other."""
    first, *others = session.partners
    names = " and ".join(one.name for one in session.partners)
    parts = [f"# A conversation with {names}", ""]
    parts += [f"- {one.describe()}" for one in session.partners]
    plain = Choices(Answer()).to_mapping()
    chosen = {n: v for n, v in session.choices.to_mapping().items() if v != plain[n]}
    parts += [f"- {name}: {value}" for name, value in chosen.items()]
    if first.talk.system:
        parts += ["", quote("System: " + first.talk.system)]
    for number, turn in enumerate(first.talk.turns):
        parts += ["", f"## {number + 1}", "", quote(turn.instruction)]
        parts += [">", quote(turn.input)] if turn.input else []
        for one in session.partners:
            heading = ["", f"**{one.name}**"] if others else []
            answers = one.talk.turns
            said = answers[number].answer if number < len(answers) else ""
            parts += [*heading, "", as_text(said or "")]
    return clean_text("\n".join(parts)) + "\n"


def quote(text: str) -> str:
    """Return a text as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in as_text(text).split("\n"))


def as_text(text: str) -> str:
    """Return a text whose tags are text; its Markdown stays."""
    return clean_text(text).replace("&", "&amp;").replace("<", "&lt;")
