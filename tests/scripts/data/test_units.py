"""What of a held-out string is searched for inside records."""

import pytest

from scripts.data.fold import fold_block, join_fields, weigh
from scripts.data.held_out import HeldOut
from scripts.data.units import cut_units

SHORT = "The boat was late today."  # weighs 19
LONG = "The harbour master counted eleven boats before the storm reached the northern pier."


def units(text, **kinds):
    """Return the units of a string, folded."""
    folded = fold_block([join_fields([text])])
    starts, ends, _ = cut_units(folded, weigh(folded.codes), [HeldOut("b", "1", text, **kinds)])
    codes = "".join(map(chr, folded.codes))
    return [codes[start:end] for start, end in zip(starts, ends, strict=True)]


def plain(*texts):
    return "".join("".join(filter(str.isalnum, text)) for text in texts).lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SHORT, []),
        (f"{SHORT} {SHORT}", [plain(SHORT, SHORT)]),
        (LONG, [plain(LONG)]),
        (f"{SHORT} {LONG}", [plain(SHORT, LONG), plain(LONG)]),
        (f"{SHORT} " * 5, [plain(*[SHORT] * 5)]),
        ("他在北边的码头数船。", []),
        ("他在北边的码头数了十一条船。", ["他在北边的码头数了十一条船"]),
    ],
)
def test_sentences_short_ones_joined_and_the_whole(text, expected):
    assert units(text) == expected


def test_a_long_string_is_its_sentences_alone_and_long_ones_are_cut():
    assert units(f"{LONG} " * 7) == [plain(LONG)] * 7
    pieces = units("word " * 400)
    assert "".join(pieces) == "word" * 400
    assert {len(piece) for piece in pieces} == {160}


def test_an_answer_is_a_unit_as_a_whole_if_it_is_long():
    assert units(f"{LONG} {LONG}", answers=True) == [plain(LONG, LONG)]
    assert units(f"{SHORT} {SHORT}", answers=True) == []


def test_an_entry_of_a_dictionary_is_none():
    assert units(LONG, entry=True) == []
