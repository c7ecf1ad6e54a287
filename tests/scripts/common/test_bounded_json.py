"""JSON of others is read within a nesting that all that goes through it can follow."""

import json

import pytest

from scripts.common import limits
from scripts.common.bounded_json import load_json
from scripts.common.errors import InputError
from scripts.common.files import read_json, read_jsonl


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return opening * depth + closing * depth


@pytest.mark.parametrize("depth", [limits.JSON_DEPTH + 1, 900, 990, 100_000])
@pytest.mark.parametrize("form", [nested, lambda depth: '{"a":' * depth + "1" + "}" * depth])
def test_what_is_nested_too_deeply_is_a_value_error(depth, form):
    for text in (form(depth), form(depth).encode()):
        with pytest.raises(ValueError, match="more than 200 lists and mappings inside each other"):
            load_json(text)


def test_what_is_long_or_full_of_brackets_is_read():
    deepest = nested(limits.JSON_DEPTH)
    flat = json.dumps([[number] for number in range(5000)] + ["[" * 5000])
    for text in (deepest, flat, '{"a": [{}, {"b": []}]}', "3", '"[[["'):
        assert load_json(text) == json.loads(text)


def test_a_file_is_one_line(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text(nested(995))
    for read in (read_json, read_jsonl):
        with pytest.raises(InputError, match=r"^.*a\.json.*: not JSON \(more than 200 lists"):
            read(path)
    path.write_text("[1, 2, 3, 4]")
    monkeypatch.setattr(limits, "JSON_BYTES", 11)
    with pytest.raises(InputError, match=r"a\.json: has 12 bytes, expected a model of at most 11$"):
        read_json(path, "a model")


def test_a_file_of_a_terabyte_is_not_read(tmp_path):
    with (tmp_path / "tokenizer.json").open("wb") as stream:
        stream.truncate(1 << 40)  # of no bytes on the disk
    with pytest.raises(InputError, match="has 1,099,511,627,776 bytes, expected a tokenizer of at"):
        read_json(tmp_path / "tokenizer.json", "a tokenizer")
