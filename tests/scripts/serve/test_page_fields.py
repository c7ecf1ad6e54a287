"""A browser may send anything: what is no setting is one line."""

import pytest

from scripts.common.errors import InputError
from scripts.serve.page_fields import read_settings, read_text
from scripts.serve.page_limits import Limits

PLAIN = {"temperature": 0, "top_p": 1.0, "top_k": 0, "beams": 1, "tokens": 64, "seed": 3}


def read(**changed):
    return read_settings(PLAIN | changed, Limits(tokens=100, beams=4, seconds=9))


def test_fields_become_settings():
    found = read(temperature=0.7, top_p=0.9, top_k=40.0)
    answer = found.answer
    assert (answer.temperature, answer.top_p, answer.top_k, answer.beams) == (0.7, 0.9, 40, 1)
    assert (found.tokens, found.seed, found.seconds) == (64, 3, 9)


def test_without_a_temperature_the_others_say_nothing():
    assert read(top_p=0.5, top_k=7).answer == read().answer


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"temperature": -1}, "temperature: found -1, expected at least 0"),
        ({"temperature": 11}, "temperature: found 11, expected at most 10"),
        ({"temperature": float("nan")}, "temperature: expected a number"),
        ({"temperature": "hot"}, "temperature: expected a number"),
        ({"temperature": None}, "temperature: expected a number"),
        ({"top_p": 0}, "top_p: found 0, expected more than 0"),
        ({"top_k": 1.5}, "top_k: found 1.5, expected a whole number"),
        ({"beams": 5}, "beams: found 5, expected at most 4"),
        ({"beams": 2, "temperature": 1}, "beams: more than 1 are searched, not drawn"),
        ({"tokens": 101}, "maximum length: found 101, expected 1 to 100 tokens"),
        ({"tokens": 0}, "maximum length: found 0"),
        ({"seed": 1e300}, "seed: expected a number"),
        ({"seed": True}, "seed: expected a number"),
    ],
)
def test_what_is_no_setting_is_refused(changed, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        read(**changed)


def test_texts_are_bounded_and_text():
    limits = Limits(characters=5)
    assert read_text("input", "ab\ud800", limits) == "ab\ufffd"
    assert read_text("input", ["a"], limits) == "" and read_text("input", None, limits) == ""
    with pytest.raises(InputError, match="input: 6 characters, at most 5 are taken"):
        read_text("input", "x" * 6, limits)
