"""Data expressions mean what x-LLM's and BiLLa's do."""

import pytest

from scripts.common.errors import InputError
from scripts.study.mixture import Cut, Part, parse_expression, parse_mixture, read_expression

ALIASES = {
    "ui": "a_en-zh + b_en-zh", "one": "a_en-zh[10:20]", "loop": "loop + a_en-zh",
    "two": "a_en-zh.zh", "news_en-zh": "a_en-zh + b_en-zh[:9]", "three_en-zh": "x_en",
    "inner": "c_en + ui[5:]",
}  # fmt: skip


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


def test_slices_of_several_parts_and_from_the_end_are_made_when_sizes_are_known():
    found = read_expression("x_en + inner[:-3]", ALIASES)
    assert [part.dataset for part in found.parts] == ["x_en", "c_en", "a_en-zh", "b_en-zh"]
    assert found.cuts == (Cut(2, 2, 5, None), Cut(1, 3, 0, -3))
    assert read_expression("one[-2:]", ALIASES).cuts == (Cut(0, 1, -2, None),)
    assert parse_expression("a_en-zh[-2:]", ALIASES) == (Part("a_en-zh", None, -2, None),)
    (group,) = parse_mixture("ui[:7]", ALIASES)
    assert group.cuts == (Cut(0, 2, 0, 7),)


def test_an_alias_of_pairs_has_both_directions_and_sides():
    assert parse_expression("news_zh-en", ALIASES) == (
        Part("a_zh-en"),
        Part("b_zh-en", None, 0, 9),
    )
    assert parse_expression("ui.zh", ALIASES) == (Part("a_en-zh", "zh"), Part("b_en-zh", "zh"))


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
        ("ui.zh + two.en", "has no side 'en'"),
        ("three_zh-en", "no other direction"),
    ],
)
def test_malformed_expressions_are_refused(text, found):
    with pytest.raises(InputError, match=found.replace("[", r"\[")):
        parse_expression(text, ALIASES)
