"""A text is decoded one way, and what cannot be is told with its byte and line."""

import json

import pytest

from scripts.common.errors import InputError
from scripts.common.escapes import replace_halves
from scripts.common.files import read_json, read_jsonl
from scripts.common.texts import decode_text, has_half_character


def test_a_mark_is_left_out_at_the_beginning_only():
    assert decode_text(b"\xef\xbb\xbfa\xef\xbb\xbfb", "x", "a text") == "a\ufeffb"


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        (b"a\n\xc4\xe3", "utf-8", "x, line 2: byte 2 is 0xc4, expected a text"),
        ("好".encode() + b"\xff", "utf-8", "x, line 1: byte 3 is 0xff, expected a text"),
        (b"\r\n\r\n\xff", "gbk", "x, line 3: byte 4 is 0xff, expected a text"),
        ("a\nb".encode("utf-16") + b"c", "utf-16", "x, line 2: byte 8 is 0x63, expected a text"),
        (b"a", "utf-9", "x: no encoding 'utf-9'"),
        (b"a", "hex", "x: no encoding 'hex'"),
    ],
)
def test_the_byte_and_its_line_are_named(content, encoding, message):
    with pytest.raises(InputError, match=message):
        decode_text(content, "x", "a text", encoding)


@pytest.mark.parametrize("half", ["\ud83d", "\ude00", "\ude00\ud83d"])
def test_half_a_character_is_found_and_replaced(half):
    assert has_half_character({"a": ["b", f"c{half}"]}) and has_half_character({half: 1})
    assert not has_half_character({"a": ["😀"]})
    assert replace_halves(f"a{half}b😀") == f"a{chr(0xFFFD) * len(half)}b😀"


def test_json_of_ours_has_whole_characters_and_may_have_a_mark(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"a": "😀\u2028"}).encode() + b"\r\n")
    assert read_jsonl(path) == [{"a": "😀\u2028"}]
    assert read_json(path) == {"a": "😀\u2028"}
    path.write_text('{"a": "x"}\n{"a": "\\ud83d"}\n')
    with pytest.raises(InputError, match=r"a\.jsonl:2: found a lone surrogate"):
        read_jsonl(path)


def test_only_a_newline_ends_a_line_of_ours(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"a":\r"x\u2028\x85y"}\n'.encode())
    assert read_jsonl(path) == [{"a": "x\u2028\x85y"}]


def test_json_that_is_too_deep_is_one_line(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[" * 100_000)
    with pytest.raises(InputError, match=r"a\.json: not JSON"):
        read_json(path)
