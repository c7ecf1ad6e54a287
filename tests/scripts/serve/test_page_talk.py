"""The page's handlers: answers are a benchmark's, and what is rated is what was shown."""

import json
from collections import Counter

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl, write_jsonl
from scripts.infer import generate
from scripts.serve import page_pairs, page_talk
from scripts.serve.page_limits import Limits
from scripts.serve.page_pairs import draw_pair
from scripts.serve.page_place import Place
from scripts.serve.page_sessions import Session, Sessions
from scripts.serve.speakers import Speakers
from scripts.study.answer import Answer
from scripts.study.ratings import read_ratings
from tests.support.page_server import load, write_results

QUESTIONS = ["Translate from English to Chinese.", "床前明月光", "Sea."]
FIELDS = {"temperature": 0, "top_p": 1, "top_k": 0, "beams": 1, "tokens": 24, "seed": 5}


@pytest.fixture(scope="module")
def results(tmp_path_factory, tiny_model):
    return write_results(tmp_path_factory.mktemp("talk") / "results", tiny_model)


@pytest.fixture
def place(results, tmp_path):
    return Place(Speakers(results, 2, load), Sessions(), Limits(), tmp_path / "ratings.jsonl")


def texts(instruction, given="", system=""):
    return {"instruction": instruction, "input": given, "system": system}


def say(place, session, text, model="tiny", **fields):
    return list(page_talk.ask(place, session, model, texts(text), FIELDS | fields))


@pytest.mark.parametrize("answer", [Answer(), Answer(beams=2)], ids=["greedy", "beams"])
@pytest.mark.parametrize(("model", "form"), [("tiny", "chatml"), ("asks", "alpaca")])
def test_answers_are_a_benchmarks(model, form, answer, place, results, tmp_path):
    records = [
        {"id": f"r{n}", "task": "open", "instruction": text, "input": "Sea" * (n % 2)}
        for n, text in enumerate(QUESTIONS)
    ]
    write_jsonl(tmp_path / "asked_en.jsonl", records)
    words = [
        *("--model", results / "models" / model, "--benchmark", tmp_path / "asked_en.jsonl"),
        *("--format", form, "--output", tmp_path / "predictions.jsonl", "--dtype", "float32"),
        *("--max-new-tokens", 24),
    ]
    arguments = generate.parser().parse_args(list(map(str, words)))
    arguments.answer = answer
    generate.main(arguments)
    for row in read_jsonl(tmp_path / "predictions.jsonl"):
        session = Session()
        asked = texts(row["instruction"], row["input"])
        shown = list(page_talk.ask(place, session, model, asked, FIELDS | {"beams": answer.beams}))
        assert session.conversation.turns[0].answer == row["prediction"]
        assert f"{row['tokens']} tokens" in shown[-1].chat


def test_a_retry_draws_anew_and_the_same_for_everybody(place):
    answers = []
    for _ in range(2):
        session = Session()
        say(place, session, "Sea.", temperature=1.5)
        first = session.conversation.turns[0].answer
        list(page_talk.retry(place, session, "tiny", FIELDS | {"temperature": 1.5}))
        answers.append((first, session.conversation.turns[0].answer))
        assert len(session.conversation.turns) == len(session.models) == len(session.notes) == 1
    assert answers[0] == answers[1] and answers[0][0] != answers[0][1]


def test_a_rating_has_all_that_was_asked_and_said(place):
    session = Session()
    say(place, session, "Sea.")
    list(page_talk.ask(place, session, "tiny", texts("And?", system="Be brief."), FIELDS))
    page_talk.rate(place, session, "up")
    page_talk.rate(place, session, "down")
    (rating,) = read_ratings(place.ratings)
    first, last = session.conversation.turns
    assert rating.vote == "down" and rating.question.before == (("Sea.", first.answer),)
    assert (rating.question.instruction, rating.question.system) == ("And?", "Be brief.")
    assert rating.answers[0].text == last.answer
    assert rating.answers[0].weights == place.speakers.get("tiny").weights
    assert rating.settings == {key: FIELDS[key] for key in rating.settings}
    assert rating.study == "<b>toy</b>"


def test_a_format_without_turns_was_told_of_no_earlier_ones(place, results):
    facts = json.loads((results / "chat.json").read_text())
    changed = {**facts, "models": facts["models"] | {"base": "brief"}}
    (results / "chat.json").write_text(json.dumps(changed))
    session = Session()
    for text in ("Sea.", "And?"):
        say(place, session, text, "base")
    (results / "chat.json").write_text(json.dumps(facts))
    page_talk.rate(place, session, "up")
    assert read_ratings(place.ratings)[0].question.before == ()


def test_nothing_to_rate_keeps_nothing(place):
    session = Session()
    page_talk.rate(place, session, "up")
    page_pairs.vote(place, session, "left")
    assert not place.ratings.exists()


def test_an_error_leaves_the_conversation_as_it_was(place):
    session = Session()
    say(place, session, "Sea.")
    before = session.conversation
    for model, fields in (("none", {}), ("tiny", {"tokens": 600}), ("tiny", {"beams": 99})):
        shown = say(place, session, "Lost?", model, **fields)
        assert 'class="status error"' in shown[-1].status and shown[-1].instruction is None
        assert session.conversation == before and len(session.models) == 1


def test_what_nobody_foresaw_is_one_line(place, monkeypatch, capsys):
    def fail(*_):
        raise RuntimeError("<secret>")

    monkeypatch.setattr(page_talk, "stream_answer", fail)
    shown = say(place, Session(), "Sea.")
    assert "the answer failed" in shown[-1].status and "secret" not in shown[-1].status


def test_a_pair_is_drawn_by_its_seed_evenly():
    names = ["a", "b", "c"]
    drawn = Counter(draw_pair(names, seed) for seed in range(6000))
    assert len(drawn) == 6 and all(850 < count < 1150 for count in drawn.values())
    assert draw_pair(names, 7) == draw_pair(names, 7)
    with pytest.raises(InputError, match="needs two models"):
        draw_pair(["a"], 1)


def test_a_vote_counts_once_and_says_whose_answers_they_were(place):
    session = Session()
    asked = page_pairs.duel(place, session, ["tiny", "base"], texts("Sea."), FIELDS, seed=3)
    *_, last = asked
    names = draw_pair(["tiny", "base"], 3)
    assert last.rateable and not any(f">{name}<" in last.panes for name in names)
    shown = page_pairs.vote(place, session, "right")
    assert all(f">{name}<" in shown.panes for name in names)
    page_pairs.vote(place, session, "left")
    line = json.loads(place.ratings.read_text())
    assert (line["vote"], line["seed"], line["drawn_from"]) == ("right", 3, ["tiny", "base"])
    assert tuple(one["model"] for one in line["answers"]) == names


def test_a_vote_that_cannot_be_kept_can_be_given_again(place, tmp_path):
    session = Session()
    list(page_pairs.duel(place, session, ["tiny", "base"], texts("Sea."), FIELDS))
    place.ratings.mkdir()
    shown = page_pairs.vote(place, session, "tie")
    assert "could not be kept" in shown.status and shown.rateable
    place.ratings.rmdir()
    assert "kept in" in page_pairs.vote(place, session, "tie").status


@pytest.mark.parametrize("damage", ["a folder in the way", "the study's file"])
def test_a_thumb_that_cannot_be_kept_can_be_given_again(damage, place):
    session = Session()
    say(place, session, "Sea.")
    study = place.speakers.results / "chat.json"
    before = study.read_text()
    if damage == "the study's file":
        study.write_text("{")
    else:
        place.ratings.mkdir()
    shown = page_talk.rate(place, session, "up")
    assert "could not be kept" in shown.status and shown.rateable
    study.write_text(before)
    if place.ratings.is_dir():
        place.ratings.rmdir()
    assert "kept in" in page_talk.rate(place, session, "up").status


def test_a_tab_that_is_forgotten_stops_its_answer():
    sessions = Sessions(limit=2)
    first = sessions.get("a")
    assert sessions.get("a") is first
    sessions.get("b"), sessions.get("c")
    assert first.stop.is_set() and sessions.get("a") is not first
    second = sessions.get("c")
    assert sessions.take_place(second, 1) == 1 and sessions.take_place(second, 1) == 2
    with pytest.raises(InputError, match="1 others wait"):
        sessions.take_place(sessions.get("a"), 1)
    assert not second.interrupt() and sessions.take_place(sessions.get("a"), 1) == 1
    sessions.leave("c")
    assert set(sessions.kept) == {"a"}
