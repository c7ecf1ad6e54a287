"""Conversations are kept, loaded again as they were, and never written over other files."""

import json

import pytest

from scripts.common.errors import InputError
from scripts.infer.chat.choices import Choices
from scripts.infer.chat.commands import Leave, Scene, complete, question_of, run_line
from scripts.infer.chat.conversation import Conversation, Turn
from scripts.infer.chat.saved import describe_session, load_session, save_session
from scripts.infer.chat.session import Session, find_partner, load_partner
from scripts.infer.chat.views import View
from tests.support.chat_study import make_chat_study


@pytest.fixture(scope="module")
def models(tiny_model, tmp_path_factory):
    results = make_chat_study(tiny_model, tmp_path_factory.mktemp("chat"))
    found = [find_partner(name, None, None, results) for name in ("base", "tuned")]
    return {one.name: load_partner(one) for one in found}


@pytest.fixture
def session(models, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    turns = (Turn("Sea <b>?", "", "Quiet\x1b[31m.\n# x"), Turn("床?", "an input", ""))
    one, two = models["base"], models["tuned"]
    one.talk, two.talk = Conversation(turns, "Be brief."), Conversation(turns[:1])
    results = one.found.folder.parents[1]
    return Session([one, two], Choices().read("temperature", "0.7"), results)


def test_a_conversation_is_loaded_as_it_was(session):
    facts, read = save_session(session, "talk.md")
    before = describe_session(session)
    other = Session([session.partners[1]], Choices(), session.results)
    load_session(other, str(facts))
    assert describe_session(other) == before
    # What is loaded already is not loaded again.
    assert other.partners[1].speaker is session.partners[1].speaker
    text = read.read_text()
    assert "\x1b" not in text and "<b>" not in text
    assert "> Sea &lt;b>?\n\n**base**\n\nQuiet.\n" in text and "> System: Be brief." in text
    assert save_session(session, "talk.") == (facts, read)


@pytest.mark.parametrize("name", ["own.json", "own.md", "own"])
def test_other_files_are_not_written_over(name, session, tmp_path):
    path = tmp_path / (name if "." in name else "own.md")
    path.write_text("mine")
    with pytest.raises(InputError, match="is there already, and is not a conversation"):
        save_session(session, name)
    assert path.read_text() == "mine"


def test_a_folder_is_not_taken_for_a_file(session, tmp_path):
    (tmp_path / "talks").mkdir()
    with pytest.raises(InputError, match="talks: is a folder, expected the name of a file"):
        save_session(session, "talks")
    assert sorted(path.name for path in tmp_path.iterdir() if "talks" in path.name) == ["talks"]


@pytest.mark.parametrize("name", ["~nobody-of-this-name/talk", "~nobody-of-this-name"])
def test_a_home_that_is_not_there_is_one_line(name, session):
    for line in (f"/save {name}", f"/load {name}"):
        with pytest.raises(InputError, match=r"~nobody-of-this-name.*home directory"):
            run_line(Scene(session, View()), line)


@pytest.mark.parametrize("name", ["/", "..", "a\0b", "talks/", ""])
def test_what_is_no_files_name_is_refused(name, session):
    with pytest.raises(InputError):
        load_session(session, name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda saved: saved["models"].clear(), "models"),
        (lambda saved: saved["settings"].update(temperature=-1), "temperature"),
        (lambda saved: saved["models"][0].update(model="gone", folder="gone"), "no such model"),
        (lambda saved: saved["models"][1]["turns"][0].pop("answer"), "answer"),
    ],
)
def test_a_damaged_file_changes_nothing(change, message, session):
    facts, _ = save_session(session, "talk")
    saved, before = json.loads(facts.read_text()), describe_session(session)
    change(saved)
    facts.write_text(json.dumps(saved))
    with pytest.raises(InputError, match=message):
        load_session(session, "talk")
    assert describe_session(session) == before


def test_what_is_a_command(session):
    scene = Scene(session, View())
    assert not run_line(scene, "/etc/passwd: what is it?")
    assert not run_line(scene, "//help") and question_of("//help") == "/help"
    assert run_line(scene, "/?") and run_line(scene, "/top_p 0.5")
    assert session.choices.answer.top_p == 0.5
    assert run_line(scene, "/UNDO") and len(session.talk.turns) == 1
    assert run_line(scene, "/system one\ntwo") and session.talk.system == "one\ntwo"
    assert run_line(scene, "/system off") and not session.talk.system
    with pytest.raises(InputError, match="did you mean '/retry'"):
        run_line(scene, "/rety")
    with pytest.raises(InputError, match="/set tempratur: no such setting; did you mean"):
        run_line(scene, "/set tempratur 1")
    with pytest.raises(InputError, match="expected another model than the second"):
        run_line(scene, "/model tuned")
    with pytest.raises(Leave):
        run_line(scene, "/quit")


def test_a_model_that_is_not_there_leaves_the_conversation(session):
    before = describe_session(session)
    for line in (
        "/model tuend",
        "/model a\0b",
        "/compare bsae",
        "/load gone",
        "/model " + "a" * 999,
    ):
        with pytest.raises(InputError):
            run_line(Scene(session, View()), line)
    assert describe_session(session) == before


def test_words_are_completed(session):
    assert list(complete("/te", session)) == ["/temperature"]
    assert list(complete("/compare ", session))[:2] == ["base", "tuned"]
    assert list(complete("/set s", session)) == ["seed"]
    assert list(complete("/reset ", session)) == []
