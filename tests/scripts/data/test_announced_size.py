"""A file is as long as its server announces, and fits the disk; else one line says what is."""

import errno
import os
import subprocess
import sys
from collections import namedtuple

import pytest

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.data import fetch, space
from tests.support.file_server import BODY, DIGEST

Usage = namedtuple("Usage", "total used free")


def chunked(*parts, end=True):
    """Send parts as chunks, and the last one, which is empty."""

    def answer(handler):
        handler.send_head(200, {"Transfer-Encoding": "chunked"})
        for part in [*parts, *([b""] if end else [])]:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

    return answer


def without_length(size):
    def answer(handler):
        handler.send_head(200, {})
        handler.wfile.write(BODY[:size])

    return answer


def leave_free(monkeypatch, free):
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: Usage(0, 0, free))


def test_chunks_without_a_length_are_a_whole_file(get, server, tmp_path):
    server.answers = [chunked(BODY[:1000], BODY[1000:])]
    get(server.url, tmp_path / "file.bin", digest="")
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_chunks_that_end_early_are_continued(get, server, tmp_path):
    server.etag, server.answers = '"one"', [chunked(BODY[:1000], end=False)]
    get(server.url, tmp_path / "file.bin", digest="")
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert server.asked == [0, 1000]


def test_a_file_whose_end_nobody_can_tell_needs_a_digest(get, server, tmp_path):
    server.answers = [without_length(1000)]
    with pytest.raises(InputError, match="tells no length, so that only a SHA-256 could"):
        get(server.url, tmp_path / "file.bin", digest="")
    assert not os.listdir(tmp_path)
    server.answers = [without_length(1000)]
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY


@pytest.mark.parametrize("length", ["many", "-1", "5, 6", "9" * 5000])
def test_a_length_that_is_none_is_no_traceback(get, server, tmp_path, length):
    server.answers = [lambda handler: handler.send_head(200, {"Content-Length": length})] * 9
    with pytest.raises(InputError):
        get(server.url, tmp_path / "file.bin", digest="")


@pytest.mark.parametrize(
    "part", ["bytes 1000-1999/1500", "bytes 0-9/10", "1000-", f"bytes 0-9/{'9' * 5000}", None]
)
def test_more_bytes_than_announced_are_not_taken(get, server, tmp_path, part):
    headers = {"Content-Length": str(len(BODY))} | ({"Content-Range": part} if part else {})

    def answer(handler):
        handler.send_head(206, headers)
        handler.wfile.write(BODY)

    (tmp_path / ".file.bin.partial").write_bytes(BODY[:1000])
    server.answers = [answer]
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert server.asked == [1000, 0]


def test_a_shorter_part_than_asked_for_is_continued(get, server, tmp_path):
    (tmp_path / ".file.bin.partial").write_bytes(BODY[:1000])

    def answer(handler):
        span = f"bytes 1000-1999/{len(BODY)}"
        handler.send_head(206, {"Content-Length": "1000", "Content-Range": span})
        handler.wfile.write(BODY[1000:2000])

    server.answers = [answer]
    get(server.url, tmp_path / "file.bin")
    assert server.asked == [1000, 2000]


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_what_comes_compressed_is_refused(get, server, tmp_path, encoding):
    headers = {"Content-Length": "4", "Content-Encoding": encoding}
    server.answers = [lambda handler: handler.send_head(200, headers)]
    with pytest.raises(InputError, match=rf"came compressed \({encoding}\), expected the file"):
        get(server.url, tmp_path / "file.bin")


def test_a_compressed_file_that_is_announced_as_such_stays_as_it_is(get, server, tmp_path):
    def answer(handler):
        handler.send_head(200, {"Content-Length": str(len(BODY)), "Content-Encoding": "gzip"})
        handler.wfile.write(BODY)

    server.answers = [answer]
    get(f"{server.host}/file.gz", tmp_path / "file.gz")
    assert (tmp_path / "file.gz").read_bytes() == BODY


def test_the_disk_is_asked_before(get, server, tmp_path, monkeypatch):
    leave_free(monkeypatch, 299_999)
    server.etag, server.cuts = '"one"', [100_000]
    with pytest.raises(InputError) as error:
        get(server.url, tmp_path / "file.bin")
    assert str(error.value) == f"{server.url}: needs 307,200 bytes, {tmp_path} has 299,999 free"
    # Of a file that is there in part the rest is needed.
    (tmp_path / ".file.bin.partial").write_bytes(BODY[:10_000])
    get(server.url, tmp_path / "file.bin")


def test_a_copy_needs_its_space_too(get, tmp_path, monkeypatch):
    leave_free(monkeypatch, 5)
    with pytest.raises(InputError, match=r"pyproject\.toml: needs [\d,]+ bytes, .* has 5 free"):
        get("file:pyproject.toml", tmp_path / "copy.toml", digest="")


def test_a_file_without_end_leaves_some_of_the_disk(get, server, tmp_path, monkeypatch):
    leave_free(monkeypatch, limits.DISK_RESERVE + 100_000)
    server.answers = [chunked(*[BODY] * 50)]
    with pytest.raises(InputError, match=r"announced no length, and [0-9,]+ bytes would leave"):
        get(server.url, tmp_path / "file.bin", digest="")
    assert not os.listdir(tmp_path)


def test_a_full_disk_asks_no_other_address(get, server, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(fetch, "write_all", refuse)
    with pytest.raises(InputError, match=r"^http.*: No space left on device; what has come is"):
        get(server.url, tmp_path / "file.bin", "--mirror", f"{server.host}/other")
    assert len(server.asked) == 1


def test_a_job_on_a_full_disk_ends_with_one_line_and_continues(get, server, tmp_path):
    """The limit of a file's size stands in for the disk's: the system refuses to write."""
    server.etag = '"one"'
    code = (
        "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
        "runpy.run_module('scripts.data.download', run_name='__main__')"
    )
    command = ["--url", server.url, "--sha256", DIGEST, "--output", str(tmp_path / "file.bin")]
    done = subprocess.run(
        [sys.executable, "-c", code, *command, "--log", str(tmp_path / "log")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    partial = tmp_path / ".file.bin.partial"
    assert (done.returncode, done.stderr) == (
        1,
        f"error: {server.url}: File too large; what has come is kept in {partial}, and the next "
        "run continues\n",
    )
    assert partial.read_bytes() == BODY[:100_000]
    get(server.url, tmp_path / "file.bin")
    assert server.asked == [0, 100_000]
    assert (tmp_path / "file.bin").read_bytes() == BODY
