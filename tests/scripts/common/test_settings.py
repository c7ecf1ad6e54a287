"""Settings classes: one field is a default, a schema, an option and a line of documentation."""

import argparse
from typing import Literal

import pytest
from jsonschema import Draft202012Validator

from scripts.common.options import add_options, from_arguments, options_of
from scripts.common.settings import (
    describe_keys,
    from_mapping,
    key,
    names_of,
    schema_of,
    settings,
    to_mapping,
)


@settings
class Inner:
    rank: int = key("a rank", minimum=1)
    scale: float | None = key("a scale", default=None)


@settings
class Outer:
    rows: int = key("rows", minimum=1)
    share: float = key("a share of 100 %", default=0.5, minimum=0, maximum=1)
    pair: tuple[float, ...] = key(
        "two numbers", default=(0.9, 0.99), minItems=2, maxItems=2, items={"exclusiveMaximum": 1}
    )
    kind: Literal["plain", "fancy"] = key("a kind", default="plain", group="look")
    level: Literal[1, 2] = key("a level", default=2, group="look")
    fast: bool = key("a switch", default=True)
    words: tuple[str, ...] = key("any words", default=())
    inner: Inner | None = key("a part", default=None)
    young: Literal["all", "some"] = key("of a later version", default="all", added=True)
    most: int | None = key("a limit", default=None, minimum=1)


def parse(*words: str) -> Outer:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_options(parser, Outer)
    return from_arguments(Outer, parser.parse_args(words))


FULL = {
    "rows": 4, "share": 0, "pair": [0.1, 0.2], "kind": "fancy", "level": 1, "fast": False,
    "words": ["a", "b"], "inner": {"rank": 2}, "young": "some", "most": 3,
}  # fmt: skip


@pytest.mark.parametrize("written", [{"rows": 4}, FULL])
def test_a_mapping_an_object_and_a_command_line_say_the_same(written):
    values = from_mapping(Outer, written)
    assert parse(*options_of(values)) == values
    assert from_mapping(Outer, to_mapping(values)) == values
    assert Draft202012Validator(schema_of(Outer)).is_valid(to_mapping(values))


def test_values_stay_as_written_since_they_travel_on_as_text():
    words = options_of(from_mapping(Outer, {"rows": 4, "share": 0, "most": 3}))
    assert words[words.index("--share") + 1] == "0"


def test_a_younger_key_is_written_last_and_only_where_it_says_something():
    plain = from_mapping(Outer, {"rows": 4})
    assert "young" not in to_mapping(plain, unset=True) and "--young" not in options_of(plain)
    assert to_mapping(plain, unset=True)["most"] is None
    assert list(to_mapping(from_mapping(Outer, FULL)))[-1] == "young"


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"rows": 0}, {"rows": 4, "share": 2}, {"rows": 4, "pair": [0.1]},
        {"rows": 4, "pair": [0.1, 1]}, {"rows": 4, "kind": "odd"}, {"rows": 4, "level": 3},
        {"rows": 4, "fast": "yes"}, {"rows": 4, "inner": {}}, {"rows": 4, "row": 4},
        {"rows": 4, "most": None},
    ],
)  # fmt: skip
def test_the_schema_refuses_what_no_key_allows(wrong):
    assert not Draft202012Validator(schema_of(Outer)).is_valid(wrong)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--rows", "0"], "found 0, expected at least 1"),
        (["--rows", "2", "--share", "1.5"], "found 1.5, expected at most 1"),
        (["--rows", "2", "--share", "nan"], "found nan, expected a finite number"),
        (["--rows", "2", "--pair", "0.1", "1"], "found 1, expected less than 1"),
        (["--rows", "2", "--inner", "{"], "not JSON"),
        (["--rows", "2", "--inner", "{}"], "expected rank and, if you like, scale"),
        (["--rows", "2", "--level", "3"], "invalid choice: 3"),
    ],
)
def test_a_wrong_option_says_what_was_expected(words, expected):
    with pytest.raises(argparse.ArgumentError, match=expected):
        parse(*words)


def test_help_and_documentation_come_from_the_field(capsys):
    parser = argparse.ArgumentParser()
    add_options(parser, Outer, names_of(Outer, "look"))
    text = parser.format_help()
    assert "a kind" in text and "--rows" not in text
    lines = {name: rest for name, *rest in describe_keys(Outer)}
    assert lines["rows"] == ["integer, at least 1", "required", "rows"]
    assert lines["pair"] == ["list of number, less than 1", "[0.9, 0.99]", "two numbers"]
    assert lines["most"][1] == "–"
