"""YAML is read within limits: what would take minutes, memory or the process costs one line."""

import time

import pytest

from scripts.common.errors import InputError
from scripts.common.limits import YAML_BYTES, YAML_DEPTH
from scripts.study.yaml_file import read_yaml

LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
REFUSED = {
    "nested aliases": (LAUGHS, "aliases .* repeat .* entries, expected at most 100,000"),
    "an alias of itself": ("a: &a [*a]\n", "contains itself"),
    "nested lists": ("a: " + "[" * 5000 + "]" * 5000, f"more than {YAML_DEPTH} mappings"),
    "nested mappings": (
        "".join(" " * n + "a:\n" for n in range(200)), f"more than {YAML_DEPTH} mappings"
    ),
    "two keys alike": ("a: 1\na: 2\n", "2: the key 'a' is duplicated"),
    "a key that is a list": ("[a, b]: 1\n", "a key is no plain text"),
    "a date that is none": ("a: 2026-13-45\n", "not valid YAML"),
    "zeros in front": ("seed: 010\n", "1: 010 is a number to base 8 in YAML; write it without"),
    "a time of day": ("runtime: 2:00:00\n", "1: 2:00:00 is a number to base 60"),
    "a fraction of one": ("a: 1:30.5\n", "1: 1:30.5 is a number to base 60"),
    "a tag of Python": ("a: !!python/object/apply:os.system [ls]\n", "not valid YAML"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_one_line_at_once(tmp_path, name):
    text, told = REFUSED[name]
    path = tmp_path / "study.yaml"
    path.write_text(text)
    began = time.monotonic()
    with pytest.raises(InputError, match=told) as refused:
        read_yaml(path)
    assert time.monotonic() - began < 2
    assert "\n" not in str(refused.value) and str(refused.value).startswith(str(path))


def test_a_file_of_any_size_is_read_to_its_limit(tmp_path):
    path = tmp_path / "study.yaml"
    with path.open("wb") as stream:
        stream.truncate(50 * YAML_BYTES)  # a sparse file: of no bytes on the disk
    with pytest.raises(InputError, match="more than 16,777,216 bytes"):
        read_yaml(path)


def test_no_utf_8_and_no_file_are_one_line(tmp_path):
    (tmp_path / "study.yaml").write_bytes("name: 研究".encode("gbk"))
    with pytest.raises(InputError, match=r"study.yaml.*UTF-8"):
        read_yaml(tmp_path / "study.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        read_yaml(tmp_path / "other.yaml")


def test_numbers_and_texts_with_colons_are_what_they_are(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("a: 1.5e-3\nb: 0x10\nc: '2:00'\nd: 10:x\ne: -3\n")
    assert read_yaml(path) == {"a": 0.0015, "b": 16, "c": "2:00", "d": "10:x", "e": -3}


def test_aliases_that_repeat_little_are_taken(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("a: &a {b: 1}\nc: [*a, *a]\n")
    assert read_yaml(path) == {"a": {"b": 1}, "c": [{"b": 1}, {"b": 1}]}
