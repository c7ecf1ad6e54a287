"""results/run.json is read as it was written, and written only where something changed."""

from dataclasses import replace

import pytest

from scripts.common.errors import InputError
from scripts.study.run import Run
from scripts.study.run_file import RunFile, read_run_file, write_run_file
from scripts.study.score import Access, Price

FILE = RunFile(
    run=Run(devices=2, track=("wandb",), checkpoint_minutes=0.5),
    held_out=("results/benchmarks/text_zh.jsonl",),
    stages={"a": 4, "b": None, "a.mean": 4},
    judge=Access(base_url="http://h/v1", price=Price(input=1, output=2.5)),
)


@pytest.mark.parametrize("judge", [FILE.judge, None])
def test_what_is_read_is_what_was_written(tmp_path, judge):
    file, path = replace(FILE, judge=judge), tmp_path / "results/run.json"
    write_run_file(file, path)
    assert read_run_file(path) == file


def test_it_is_written_only_where_it_changed(tmp_path):
    path = tmp_path / "run.json"
    write_run_file(FILE, path)
    before = path.stat()
    write_run_file(replace(FILE), path)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    write_run_file(replace(FILE, run=Run()), path)
    assert read_run_file(path).run.devices == 1
    path.write_text("{")  # what a full disk left
    write_run_file(FILE, path)
    assert read_run_file(path) == FILE


def test_stages_of_an_ablation_are_counted_apart():
    assert FILE.beside("b") == {"a": 4, "b": None} and FILE.beside("a.mean") == {"a.mean": 4}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "No such file or directory, expected what the workflow writes"),
        ("{", "not JSON"),
        ("[]", "found no key 'run'"),
        ('{"run": {}, "held_out": [], "stages": {}}', "found no key 'judge'"),
    ],
)
def test_a_file_of_another_form_is_one_line(tmp_path, text, problem):
    path = tmp_path / "run.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError) as error:
        read_run_file(path)
    assert problem in str(error.value) and str(error.value).startswith(f"{path}: ")
