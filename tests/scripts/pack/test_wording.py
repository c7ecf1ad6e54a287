"""What is asked of a model in training: the study's wordings, or those of the record."""

from collections import Counter

import pytest

from scripts.common.errors import InputError
from scripts.pack.records import Record
from scripts.pack.wording import Wording
from scripts.study.wordings import ANY, Wordings

PAIRS = {"dataset": "pairs_en-el", "kind": "parallel", "side": None, "languages": ["en", "el"]}
PAIRS |= {"names": ["English", "Greek"]}
THREE = ("To {target}:", "From {source} to {target}:", "In {target}?")
WORDED = {"dataset": "worded_en", "kind": "worded", "side": None, "languages": ["en"]}


def pair(number: int, turn: int = 0, name: str | None = None) -> Record:
    fields = {"id": name or f"{number:06}", "source": "bread", "target": "ψωμί"}
    return Record(PAIRS, fields, number % 2, turn)


def wordings(**changes) -> Wordings:
    return Wordings("three", {ANY: THREE}, {ANY: THREE}, **changes)


def ask(wording: Wording, records) -> list[str]:
    return [wording.ask(record)["instruction"] for record in records]


def test_by_default_there_is_one_wording():
    asked = Wording().ask(pair(3))
    assert asked == {
        "instruction": "Translate from English to Greek.", "input": "bread", "output": "ψωμί",
    }  # fmt: skip


def test_wordings_take_turns_by_the_number_of_the_record():
    """Not by its place: a slice of a data set asks as the whole does."""
    asked = ask(Wording(wordings()), map(pair, range(4)))
    assert asked == ["To Greek:", "From English to Greek:", "In Greek?", "To Greek:"]
    assert ask(Wording(wordings()), [pair(3, turn=5)]) == ["To Greek:"]
    assert ask(Wording(wordings()), [pair(1, name="a-b")]) == ["From English to Greek:"]


def test_a_set_may_have_other_names_of_languages():
    wording = Wording(wordings(names={"el": "Modern Greek"}))
    assert ask(wording, [pair(1)]) == ["From English to Modern Greek:"]


def test_wordings_are_drawn_again_in_each_pass():
    wording, other = Wording(wordings(drawn=True), 1), Wording(wordings(drawn=True), 2)
    passes = [pair(0, turn) for turn in range(300)]
    found = ask(wording, passes)
    assert found == ask(wording, passes) != ask(other, passes)
    assert all(60 < count < 140 for count in Counter(found).values())


def test_a_direction_without_a_wording_is_refused():
    directed = Wordings("zh", {"en-zh": THREE}, {"en-zh": THREE})
    with pytest.raises(InputError, match="prompts: zh has no request for en-el"):
        Wording(directed).ask(pair(0))


def test_what_a_worded_record_asks_stands_before_or_behind_its_input():
    fields = {"id": "1", "before": ["Sum up."], "behind": ["Short?"], "input": "A page\n"}
    fields |= {"output": "Page"}
    passes = [Record(WORDED, fields, 0, turn) for turn in range(20)]
    found = {tuple(Wording().ask(record).values()) for record in passes}
    assert found == {("Sum up.", "A page", "Page"), ("A page\nShort?", "", "Page")}
    bare = Record(WORDED, fields | {"before": [], "behind": []}, 0, 0)
    assert Wording().ask(bare) == {"instruction": "A page", "input": "", "output": "Page"}


def test_running_text_is_refused():
    part = PAIRS | {"side": "en"}
    with pytest.raises(InputError, match="pairs_en-el: found plain text"):
        Wording().ask(Record(part, {"id": "1"}, 0, 0))
