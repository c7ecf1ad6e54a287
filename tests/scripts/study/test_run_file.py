"""A damaged results/run.json costs one line that names the key; a right one is read as written."""

import os

import pytest

from scripts.common.errors import InputError
from scripts.common.files import write_json
from scripts.study.run import Run
from scripts.study.run_file import RunFile, read_run_file, write_run_file
from scripts.study.score import Access

GOOD = {"run": {}, "held_out": [], "stages": {}, "judge": None}


@pytest.mark.parametrize("judge", [None, Access(base_url="http://localhost:8000/v1")])
def test_what_is_written_is_read(tmp_path, judge):
    mirrors = {"https://a.org/x": ("https://b.org/x",)}
    stages = {"m": 5, "n": None}
    file = RunFile(Run(devices=2, engine="ddp"), ("a.jsonl",), stages, judge, mirrors)
    write_run_file(file, tmp_path / "run.json")
    assert read_run_file(tmp_path / "run.json") == file


def test_a_file_of_no_text_is_written_again_and_one_that_is_right_is_left(tmp_path):
    path, file = tmp_path / "run.json", RunFile(Run(), (), {}, None)
    path.write_bytes(b"\xff\xfe\x00")
    write_run_file(file, path)
    assert read_run_file(path) == file
    os.utime(path, (1, 1))
    write_run_file(file, path)
    assert path.stat().st_mtime == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"run": None}, "run: found None, expected a mapping"),
        ({"run": [1]}, r"run: found \[1\], expected a mapping"),
        ({"run": {"enginee": "ddp"}}, "run.enginee: unknown key; did you mean 'engine'"),
        ({"run": {"engine": "singel"}}, "run.engine: found 'singel', expected one of"),
        ({"run": {"devices": "two"}}, "run.devices: found 'two', expected a whole number"),
        ({"run": {"micro_batch": 0}}, "run.micro_batch: found 0, expected at least 1"),
        ({"held_out": None}, "held_out: found None, expected a list"),
        ({"held_out": "abc"}, "held_out: found 'abc', expected a list"),
        ({"held_out": [5]}, "held_out.0: found 5, expected a text"),
        ({"stages": [1]}, r"stages: found \[1\], expected a mapping"),
        ({"stages": {"m": "many"}}, "stages.m: found 'many', expected a whole number"),
        ({"mirrors": {"a": "b"}}, "mirrors.a: found 'b', expected a list"),
        ({"judge": "x"}, "judge: found 'x', expected how the judge is reached, or null"),
        ({"judge": {}}, "judge: the key 'base_url' is missing"),
    ],
)
def test_a_damaged_file_costs_one_line(tmp_path, changed, message):
    write_json(tmp_path / "run.json", GOOD | changed)
    with pytest.raises(InputError, match=f"run.json: {message}") as caught:
        read_run_file(tmp_path / "run.json")
    assert "\n" not in str(caught.value)
