"""A partial file is never taken for a complete one, and two writers never mix."""

import errno
import fcntl
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.common.files import (
    ROOT,
    atomic_path,
    exclusive,
    name_kind,
    read_json,
    read_jsonl,
    read_records,
    sha256,
    write_jsonl,
    write_text,
)
from scripts.environments.write_environment import environment


def test_a_failed_write_leaves_what_was_there(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_does_not_replace_a_folder(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/precious").touch()
    with pytest.raises(InputError, match="kept: found a folder that lingraft has not written"):
        write_text(tmp_path / "kept", "text")
    assert [path.name for path in tmp_path.rglob("*")] == ["kept", "precious"]
    (tmp_path / "kept/stage.json").touch()
    with pytest.raises(InputError, match="kept: found a folder, expected the path of a file"):
        write_text(tmp_path / "kept", "text")
    assert (tmp_path / "kept/precious").exists()


def test_a_folder_replaces_a_folder(tmp_path):
    for content in ("one", "two"):
        with atomic_path(tmp_path / "model") as partial:
            partial.mkdir()
            (partial / content).write_text(content)
            (partial / "stage.json").touch()
    assert {path.name for path in (tmp_path / "model").iterdir()} == {"two", "stage.json"}


def test_files_of_a_folder_are_read_by_whom_the_folder_is(tmp_path):
    with atomic_path(tmp_path / "model") as partial:
        (partial / "part").mkdir(parents=True)
        partial.chmod(0o750)
        for name, mode in (("weights", 0o600), ("part/tool", 0o711), ("config", 0o440)):
            (partial / name).touch(mode)
            (partial / name).chmod(mode)
    names = ("weights", "part/tool", "config")
    modes = [(tmp_path / "model" / name).stat().st_mode & 0o777 for name in names]
    assert modes == [0o640, 0o751, 0o440]


def test_what_a_killed_writer_left_is_cleared_and_a_survivor_cannot_publish(tmp_path):
    target = tmp_path / "[a].txt"
    (tmp_path / ".[a].txt.1.partial").write_text("left by a killed process")
    with atomic_path(target) as partial:
        partial.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["[a].txt"]


def test_json_lines_survive_a_round_trip_in_any_script(tmp_path):
    records = [{"a": "猫", "b": 1}, {"a": "line\nbreak\u2028", "b": None}]
    write_jsonl(tmp_path / "x.jsonl", records)
    assert read_jsonl(tmp_path / "x.jsonl") == records


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file or directory, expected an answer"),
        (b"\xff", "byte 0 is 0xff, expected an answer, in UTF-8"),
        (b"{", "not JSON .*, expected an answer"),
        (b"[1]", "found no JSON object, expected an answer"),
        (b'{"a": "x"}', "no key 'n', expected an answer"),
        (b'{"a": 1, "n": 2}', "a: found 1, expected a text"),
        (b'{"a": "x", "n": "y"}', "n: found 'y', expected a number or null"),
    ],
)
def test_a_damaged_file_is_one_line_that_names_it(tmp_path, content, message):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    fields = {"a": str, "n": (int, float, type(None))}
    undecoded = message.startswith("byte")
    place = ", line 1" if undecoded else ""
    with pytest.raises(InputError, match=f"^{path}{place}: {message}") as caught:
        read_json(path, "an answer", fields)
    assert "\n" not in str(caught.value)
    # Of JSON lines the line is named, too.
    lines = tmp_path / "a.jsonl"
    if content is not None:
        lines.write_bytes(b'{"a": "x", "n": null}\n' + content)
    place = "" if message.startswith("No such") else ", line 2" if undecoded else ":2"
    message = message.replace("byte 0", "byte 22")
    with pytest.raises(InputError, match=f"^{lines}{place}: {message}"):
        read_jsonl(lines, "an answer", fields)


def test_only_records_must_be_there(tmp_path):
    (tmp_path / "a.jsonl").touch()
    assert read_jsonl(tmp_path / "a.jsonl") == []
    with pytest.raises(InputError, match=r"a\.jsonl: empty, expected answers"):
        read_records(tmp_path / "a.jsonl", "answers")


def test_types_are_named_in_words():
    assert name_kind((int, float)) == "a number"
    assert name_kind((str, type(None))) == "a text or null"


def test_a_folders_digest_sees_names_and_contents(tmp_path):
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "a").write_text("x")
    first = sha256(tmp_path / "f")
    (tmp_path / "f" / "a").rename(tmp_path / "f" / "b")
    assert sha256(tmp_path / "f") != first


def hold(path: Path, log: Path) -> None:
    with exclusive(path):
        with log.open("a") as stream:
            stream.write("in ")
        time.sleep(0.3)
        with log.open("a") as stream:
            stream.write("out ")


def test_an_exclusive_block_is_held_by_one_process_at_a_time(tmp_path):
    spawn = multiprocessing.get_context("fork")
    arguments = (tmp_path / "lock", tmp_path / "log")
    workers = [spawn.Process(target=hold, args=arguments) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (tmp_path / "log").read_text().split() == ["in", "out"] * 3


def test_the_conda_environment_is_the_lock():
    lock = (ROOT / "requirements.txt").read_text()
    assert (ROOT / "envs/lingraft.yaml").read_text().endswith(f"  - pip:\n{environment(lock)}")


def test_what_another_job_is_writing_beside_it_stays(tmp_path):
    with atomic_path(tmp_path / "model.mean") as other:
        other.mkdir()
        with atomic_path(tmp_path / "model") as partial:
            partial.mkdir()
        assert other.is_dir()
    assert sorted(item.name for item in tmp_path.iterdir()) == ["model", "model.mean"]


def test_a_file_system_without_locks_is_one_line(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    told = pytest.raises(InputError, match=r"has no locks \(No locks available\), expected one")
    with told, exclusive(tmp_path / "a.lock"):
        pass
    assert not list(tmp_path.iterdir())
