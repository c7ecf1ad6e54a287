"""A file that was damaged since it was written is refused by whoever reads it."""

import argparse
import os
import shutil
import sys
from pathlib import Path

import pytest

from scripts.common import command
from scripts.common.command import make_parser, run
from scripts.common.digests import (
    BLOCK,
    check_digests,
    check_inputs,
    digest_file,
    digests_path,
    note_outputs,
    paths_in,
    write_digests,
)
from scripts.common.errors import InputError
from scripts.common.provenance import meta_path
from tests.support.damage import flip_byte


@pytest.fixture
def folder(tmp_path) -> Path:
    """A model's folder with its provenance, and their digests."""
    model = tmp_path / "model"
    (model / "parts").mkdir(parents=True)
    (model / "weights").write_bytes(b"weights")
    (model / "parts" / "tokens").write_bytes(b"tokens")
    (model / "empty").write_bytes(b"")
    meta_path(model).write_text("{}")
    write_digests(model)
    check_digests(model)
    return model


@pytest.mark.parametrize("name", ["model/weights", "model/parts/tokens", "model.meta.json"])
def test_each_file_of_a_folder_is_compared(folder, name):
    flip_byte(folder.parent / name)
    with pytest.raises(InputError, match=f"{name}: damaged.*delete {folder} and run again"):
        check_digests(folder)


def test_a_file_that_grew_shrank_or_is_missing_is_refused(folder):
    for content in (b"x", b""):
        (folder / "empty").write_bytes(content + b"x")
        (folder / "weights").write_bytes(b"weight")
        with pytest.raises(InputError, match="damaged"):
            check_digests(folder)
    (folder / "empty").unlink()
    with pytest.raises(InputError, match="empty: missing"):
        check_digests(folder)


def test_whole_files_of_another_model_are_refused_with_their_digests(tmp_path):
    for model in ("base", "tuned"):
        path = tmp_path / model / "scores.jsonl"
        path.parent.mkdir()
        path.write_text(model)
        write_digests(path)
    other = shutil.copytree(tmp_path / "base", tmp_path / "tuned", dirs_exist_ok=True)
    with pytest.raises(InputError, match="found digests of base/scores"):
        check_digests(other / "scores.jsonl")
    moved = (tmp_path / "base").rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="found digests of base/scores"):
        check_digests(moved / "scores.jsonl")


def test_results_may_be_moved_as_a_whole(tmp_path, monkeypatch):
    path = tmp_path / "results" / "base" / "score"
    path.parent.mkdir(parents=True)
    path.write_text("1")
    monkeypatch.chdir(tmp_path / "results")
    write_digests(Path("base/score"))
    check_digests(path)
    moved = (tmp_path / "results").rename(tmp_path / "old") / "base" / "score"
    check_digests(moved)
    flip_byte(moved)
    with pytest.raises(InputError, match="damaged"):
        check_digests(moved)


def test_damage_that_keeps_size_and_time_is_found_by_another_process(folder, tmp_path):
    weights = folder / "weights"
    state = weights.stat()
    flip_byte(weights)
    os.utime(weights, ns=(state.st_atime_ns, state.st_mtime_ns))
    code = f"from pathlib import Path; from scripts.common.digests import *; check_digests(Path({str(folder)!r}))"  # noqa: E501
    assert os.spawnl(os.P_WAIT, sys.executable, sys.executable, "-c", code) == 1


def test_every_block_of_a_large_file_counts(tmp_path):
    path, found = tmp_path / "large", set()
    for place in (None, 0, BLOCK - 1, BLOCK, 3 * BLOCK + 7, 3 * BLOCK + 8):
        content = bytearray(3 * BLOCK + 9)
        if place is not None:
            content[place] = 1
        path.write_bytes(content)
        found.add(digest_file(path))
        path.unlink()
    assert len(found) == 6


def test_the_options_of_a_script_are_compared_but_for_what_it_writes(tmp_path):
    read, written, named = (tmp_path / name for name in ("read", "written", "named"))
    for path in (read, written, named):
        path.write_text("1")
        write_digests(path)
    flip_byte(written)
    options = argparse.Namespace(
        corpus=read, output=written, log=written, texts=[("en", named)], mixture='{"a/b": 1}', n=1
    )
    check_inputs([options])
    flip_byte(named)
    with pytest.raises(InputError, match="named: damaged"):
        check_inputs([options])


def test_texts_that_are_no_paths_are_left_alone(tmp_path):
    assert list(paths_in(["zh", "x" * 5000 + "/", 3, None, {"a": "b/c"}])) == []
    assert list(paths_in(("en", "results/a"))) == [Path("results/a")]


def test_json_of_a_length_between_a_name_and_a_path_is_no_path():
    settings = '{"url": "hf:org/talk", "title": "' + "long " * 60 + '"}'
    assert 255 < len(settings) < 1024
    check_inputs([argparse.Namespace(settings=settings)])


def test_all_files_of_a_stem_are_noted(tmp_path):
    for name in ("main.csv", "main.md", "mainland.csv"):
        (tmp_path / name).write_text(name)
    note_outputs([argparse.Namespace(output_stem=tmp_path / "main")])
    noted = [(tmp_path / name, digests_path(tmp_path / name).is_file()) for name in ("main.csv",
             "main.md", "mainland.csv")]  # fmt: skip
    assert [there for _, there in noted] == [True, True, False]


def copy(arguments: argparse.Namespace) -> None:
    """Be a script that copies its input."""
    arguments.output.write_bytes(arguments.input.read_bytes())
    if arguments.output.name == "fails":
        raise InputError("no")


def call(monkeypatch, *words) -> int:
    """Run it with these options; return its exit status."""
    parser = make_parser("copy", None)
    parser.add_argument("--input", type=Path)
    parser.add_argument("--output", type=Path)
    monkeypatch.setattr(sys, "argv", ["copy", *map(str, words)])
    monkeypatch.setattr(command, "set_up_logging", lambda path: None)  # it would outlive the test
    try:
        run(copy, parser)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_script_refuses_damaged_input_in_one_line(tmp_path, monkeypatch, capsys):
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    first.write_text("text")
    assert call(monkeypatch, "--input", first, "--output", second) == 0
    flip_byte(second)
    assert call(monkeypatch, "--input", second, "--output", third) == 1
    assert not third.exists()
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {second}: damaged")
    # made again, it is taken again
    assert call(monkeypatch, "--input", first, "--output", second) == 0
    assert call(monkeypatch, "--input", second, "--output", third) == 0


def test_digests_of_an_output_do_not_outlive_a_failed_script(tmp_path, monkeypatch):
    source, output = tmp_path / "source", tmp_path / "fails"
    source.write_text("text")
    output.write_text("old")
    write_digests(output)
    assert call(monkeypatch, "--input", source, "--output", output) == 1
    assert not digests_path(output).exists()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "[]",
        '{"of": "OF", "a": 1}',
        '{"of": "OF", "a": ["x", 1]}',
        '{"of": "OF", "a": [1]}',
    ],
)
def test_digests_that_are_none_cost_a_line_that_says_what_to_do(folder, written):
    path = digests_path(folder)
    path.write_text(written.replace("OF", f"{folder.parent.name}/{folder.name}"))
    with pytest.raises(InputError, match=f"^{path}: .*; delete it to do without, or {folder} to"):
        check_digests(folder)
