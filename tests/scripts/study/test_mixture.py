"""Data expressions mean what x-LLM's and BiLLa's do."""

import pytest

from scripts.common.errors import InputError
from scripts.study.mixture import Part, parse_expression, parse_mixture

ALIASES = {"ui": "a_en-zh + b_en-zh", "one": "a_en-zh[10:20]", "loop": "loop + a_en-zh"}


def test_terms_slices_sides_and_aliases():
    assert parse_expression("x_en+ui + y_en-zh.zh[:5]", ALIASES) == (
        Part("x_en"),
        Part("a_en-zh"),
        Part("b_en-zh"),
        Part("y_en-zh", "zh", 0, 5),
    )


def test_a_slice_of_a_sliced_alias_counts_from_its_start():
    assert parse_expression("one[2:5]", ALIASES) == (Part("a_en-zh", None, 12, 15),)
    assert parse_expression("one[5:]", ALIASES) == (Part("a_en-zh", None, 15, 20),)


def test_an_expression_is_one_group_and_weights_are_several():
    assert [group.weight for group in parse_mixture("ui", ALIASES)] == [None]
    groups = parse_mixture({"ui": 4, "x_en": 1, "y_en": 0}, ALIASES)
    assert [(group.name, group.weight) for group in groups] == [("ui", 4.0), ("x_en", 1.0)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a_en-zh +", "expected a data expression"),
        ("a_en-zh[1-2]", "expected a data expression"),
        ("a_en-zh[5:5]", "an empty slice"),
        ("loop", "a cycle of aliases"),
        ("ui[0:3]", "a single dataset"),
    ],
)
def test_malformed_expressions_are_refused(text, found):
    with pytest.raises(InputError, match=found.replace("[", r"\[")):
        parse_expression(text, ALIASES)
