"""A download is correct, complete and read-only, whatever failed on the way."""

import hashlib
import logging
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import threading
import time

import pytest

from scripts.common.command import run
from scripts.common.errors import InputError
from scripts.common.files import ROOT, write_json
from scripts.data import download
from scripts.study.sources import raw_path
from tests.support.file_server import BODY, DIGEST


def start_process(url, output):
    command = [sys.executable, "-m", "scripts.data.download", "--url", url]
    command += ["--sha256", DIGEST, "--output", str(output)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def test_file_is_whole_and_read_only(get, server, tmp_path):
    output = tmp_path / "raw" / "file.bin"
    get(server.url, output)
    assert output.read_bytes() == BODY
    assert stat.S_IMODE(output.stat().st_mode) == 0o444
    assert os.listdir(output.parent) == ["file.bin"]


def test_wrong_digest_names_everything_and_leaves_nothing(get, server, tmp_path):
    wrong = "0" * 64
    with pytest.raises(InputError) as error:
        get(server.url, tmp_path / "file.bin", digest=wrong)
    for part in (server.url, wrong, DIGEST):
        assert part in str(error.value)
    assert not os.listdir(tmp_path)


def test_killed_download_goes_on_where_it_stopped(get, server, tmp_path):
    output = tmp_path / "file.bin"
    server.stall_at = 200_000
    process = start_process(server.url, output)
    assert server.stalled.wait(20)
    partial = tmp_path / ".file.bin.partial"
    deadline = time.monotonic() + 10
    while not (partial.exists() and partial.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = partial.stat().st_size
    assert 0 < done < len(BODY)
    assert not output.exists()

    server.stall_at = 0
    get(server.url, output)
    assert output.read_bytes() == BODY
    assert server.asked == [0, done]
    assert os.listdir(tmp_path) == ["file.bin"]


def test_a_second_process_waits_and_takes_what_the_first_one_got(server, tmp_path):
    """Else it would append to the first one's partial file, or delete it."""
    output = tmp_path / "file.bin"
    server.stall_at = len(BODY) // 2
    first = threading.Thread(target=start_process(server.url, output).wait)
    first.start()
    assert server.stalled.wait(20)
    second = start_process(server.url, output)
    time.sleep(2)
    assert second.poll() is None and not output.exists()
    server.stall_at = 0
    server.go_on.set()  # the connection breaks; the first process continues where it stopped
    first.join(60)
    assert second.wait(60) == 0
    assert output.read_bytes() == BODY
    assert server.asked[0] == 0 and 0 not in server.asked[1:]
    assert sorted(os.listdir(tmp_path)) == [".file.bin.digests", "file.bin"]


def test_mirror_comes_before_the_network(get, server, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    place = mirror / raw_path(server.url)
    place.parent.mkdir(parents=True)
    place.write_bytes(BODY)
    monkeypatch.setenv("LINGRAFT_MIRROR", str(mirror))
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert not server.asked


def test_mirror_without_the_file_leaves_it_to_the_network(get, server, tmp_path, monkeypatch):
    monkeypatch.setenv("LINGRAFT_MIRROR", str(tmp_path / "mirror"))
    get(server.url, tmp_path / "file.bin")
    assert server.asked


def test_wheel_from_the_mirror_without_pip(get, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror" / "pypi"
    mirror.mkdir(parents=True)
    (mirror / "some-thing-1.0.whl").write_bytes(BODY)
    monkeypatch.setenv("LINGRAFT_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    get("pypi:some-thing==1.0#**/*.po", tmp_path / "wheel.whl")
    assert (tmp_path / "wheel.whl").read_bytes() == BODY


def test_file_of_the_repository(get, tmp_path):
    path = ROOT / "pyproject.toml"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    get("file:pyproject.toml", tmp_path / "copy.toml", digest=digest)
    assert (tmp_path / "copy.toml").read_bytes() == path.read_bytes()


def test_a_right_file_is_left_alone(get, server, tmp_path):
    (tmp_path / "file.bin").write_bytes(BODY)
    get(server.url, tmp_path / "file.bin")
    assert not server.asked


def test_wrong_digest_leaves_the_old_file(get, server, tmp_path):
    (tmp_path / "file.bin").write_bytes(b"old")
    with pytest.raises(InputError):
        get(server.url, tmp_path / "file.bin", digest="0" * 64)
    assert (tmp_path / "file.bin").read_bytes() == b"old"


def test_another_address_is_taken_where_the_first_one_fails(
    get, server, tmp_path, caplog, monkeypatch
):
    monkeypatch.setattr(logging.getLogger("lingraft"), "propagate", True)
    caplog.set_level("INFO", "lingraft")
    missing = f"{server.host}/missing"
    get(missing, tmp_path / "file.bin", "--mirror", server.url)
    assert (tmp_path / "file.bin").read_bytes() == BODY
    lines = [record.getMessage() for record in caplog.records if "404" in record.getMessage()]
    assert lines == [f"{missing}: answer 404 Not Found"]


def test_what_the_first_address_began_the_next_one_continues(get, server, tmp_path):
    server.etag = '"one"'
    server.answers = [send_a_third, *[lambda handler: handler.send_error(404)]]
    get(server.url, tmp_path / "file.bin", "--mirror", f"{server.host}/other/file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert server.asked == [0, 100_000, 100_000]
    assert server.conditions == [None, '"one"', None]  # another server's tag would mean nothing


def send_a_third(handler):
    handler.send_head(200, {"Content-Length": str(len(BODY))})
    handler.wfile.write(BODY[:100_000])


def test_one_line_names_all_addresses_that_failed(get, server, tmp_path):
    places = [f"{server.host}/missing", "file:none.bin", "manual:none.bin"]
    options = [word for place in places[1:] for word in ("--mirror", place)]
    with pytest.raises(InputError, match="none of 3 addresses has the file") as error:
        get(places[0], tmp_path / "file.bin", *options)
    assert all(place in str(error.value) for place in places)
    assert "\n" not in str(error.value)
    assert not os.listdir(tmp_path)


def test_the_workflows_file_has_other_addresses(get, server, tmp_path):
    missing = f"{server.host}/missing"
    write_json(tmp_path / "run.json", {"mirrors": {missing: [server.url], server.url: [missing]}})
    get(missing, tmp_path / "raw/file.bin", "--run", str(tmp_path / "run.json"))
    assert (tmp_path / "raw/file.bin").read_bytes() == BODY
    assert len(server.asked) == 2


def test_the_mirror_folder_comes_before_every_address(get, server, tmp_path, monkeypatch):
    place = tmp_path / "mirror" / raw_path(server.url)
    place.parent.mkdir(parents=True)
    place.write_bytes(BODY)
    monkeypatch.setenv("LINGRAFT_MIRROR", str(tmp_path / "mirror"))
    get(f"{server.host}/missing", tmp_path / "file.bin", "--mirror", server.url)
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert not server.asked


@pytest.mark.parametrize("name", ["pack", "file.bin"])
def test_three_processes_take_the_same_thing(tmp_path, monkeypatch, name):
    """Else one would remove what another one is about to rename: the file, notes or digests."""
    monkeypatch.setenv("LINGRAFT_MANUAL", str(tmp_path / "manual"))
    (tmp_path / "manual/pack").mkdir(parents=True)
    for place in ("file.bin", *(f"pack/{number}" for number in range(30))):
        (tmp_path / "manual" / place).write_bytes(BODY)
    context = multiprocessing.get_context("fork")
    for turn in range(6):
        output, barrier = tmp_path / f"raw/{turn}/{name}", context.Barrier(3)
        options = ["--url", f"manual:{name}", "--output", str(output)]
        tasks = [context.Process(target=take, args=(options, barrier)) for _ in range(3)]
        for task in tasks:
            task.start()
        for task in tasks:
            task.join(60)
        assert [task.exitcode for task in tasks] == [0, 0, 0]
        expected = [f".{name}.digests", name, f"{name}.meta.json"]
        assert sorted(os.listdir(output.parent)) == expected


def take(options, barrier):
    sys.argv = ["data.download", *options]
    barrier.wait(60)
    run(download.main, download.parser(), download.alone)
