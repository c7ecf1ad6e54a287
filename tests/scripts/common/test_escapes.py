"""What a terminal takes for commands never reaches it, however it is cut into pieces."""

import random

import pytest

from scripts.common.escapes import clean_line, clean_start, clean_text
from tests.support.screens import show

PIECES = (
    *"ab m1;[]\\P\n\r\t\x07\x1b\x9b\x00\u202e\u2067\u2028好\ud800",
    *("\x1b[", "\x1b]0;", "\x1b\\", "\x1b[31m", "\r\n", "\x1b[2J", "\x1bP"),
)


def texts(count=3000):
    """Random texts of characters that commands consist of."""
    draw = random.Random(3)
    return ["".join(draw.choices(PIECES, k=draw.randrange(9))) for _ in range(count)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;not closed\nthe rest", "\nthe rest"),
        ("50 %\rdone\r\nnext", "50 %\ndone\nnext"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("a\u2028b\x9bc\x00\x08", "a\nbc"),
        ("مرحبا\u200f!\tTab", "مرحبا\u200f!\tTab"),
        ("half \ud83d", "half \ufffd"),
    ],
)
def test_what_is_left(text, expected):
    assert clean_text(text) == expected


def test_no_command_is_left():
    for text in texts():
        left = clean_text(text)
        assert not [c for c in left if (ord(c) < 32 and c not in "\t\n") or 127 <= ord(c) < 160]
        assert not set(left) & set("\u202e\u2067\ud800")


def test_the_beginning_of_a_text_is_the_beginning_of_what_is_left_of_it():
    for text in texts():
        for size in range(len(text)):
            assert clean_text(text).startswith(clean_start(text[:size])), (text, size)


def test_a_screen_shows_no_more_than_the_text():
    dirty = "one\x1b[2J\x1b[5;5Htwo\x1b]0;three\x07 four\rfive"
    assert show(clean_text(dirty).replace("\n", "\r\n").encode()) == "onetwo four\nfive"


def test_a_line_is_one_line():
    assert clean_line("  a\r\x1b[1mb\n\n c ") == "a b c"
