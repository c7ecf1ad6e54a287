"""A download is correct, complete and read-only, whatever failed on the way."""

import hashlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.data import download, fetch
from scripts.study.sources import expand, parse_source, raw_path

BODY = bytes(range(256)) * 1200  # 300 kB: a few blocks
DIGEST = hashlib.sha256(BODY).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves BODY; the server's attributes say how well."""

    def do_GET(self):
        server = self.server
        first = int(self.headers.get("Range", "bytes=0-")[6:-1]) if server.ranges else 0
        server.asked.append(first)
        if server.failures:
            server.failures -= 1
            return self.send_error(503)
        if self.path == "/missing":
            return self.send_error(404)
        if first >= len(BODY):
            return self.send_error(416)
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(BODY) - first))
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(BODY) - 1}/{len(BODY)}")
        self.end_headers()
        self.write_body(BODY[first:])

    def write_body(self, body):
        if self.server.stall_at:
            self.wfile.write(body[: self.server.stall_at])
            self.wfile.flush()
            self.server.stalled.set()
            self.server.go_on.wait(20)
            return
        if self.server.cut_at:
            body, self.server.cut_at = body[: self.server.cut_at], 0
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.ranges, server.failures, server.cut_at, server.stall_at = True, 0, 0, 0
    server.asked, server.stalled, server.go_on = [], threading.Event(), threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}/data/file.bin"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(fetch, "DELAY", 0.01)
    monkeypatch.delenv("LINGRAFT_MIRROR", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def start_process(url, output):
    command = [sys.executable, "-m", "scripts.data.download", "--url", url]
    command += ["--sha256", DIGEST, "--output", str(output)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def get(url, output, digest=DIGEST):
    command = ["--url", url, "--sha256", digest, "--output", str(output)]
    download.main(download.parser().parse_args(command))


def test_file_is_whole_and_read_only(server, tmp_path):
    output = tmp_path / "raw" / "file.bin"
    get(server.url, output)
    assert output.read_bytes() == BODY
    assert stat.S_IMODE(output.stat().st_mode) == 0o444
    assert os.listdir(output.parent) == ["file.bin"]


def test_wrong_digest_names_everything_and_leaves_nothing(server, tmp_path):
    wrong = "0" * 64
    with pytest.raises(InputError) as error:
        get(server.url, tmp_path / "file.bin", wrong)
    for part in (server.url, wrong, DIGEST):
        assert part in str(error.value)
    assert not os.listdir(tmp_path)


def test_killed_download_goes_on_where_it_stopped(server, tmp_path):
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


def test_broken_connection_is_continued(server, tmp_path):
    server.cut_at = 70_000
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert len(server.asked) == 2
    assert 0 < server.asked[1] <= 70_000


def test_leftover_of_another_file_is_not_trusted(server, tmp_path):
    (tmp_path / ".file.bin.partial").write_bytes(b"x" * 1000)
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert server.asked == [1000, 0]


@pytest.mark.parametrize("leftover", [BODY, BODY + b"more"])
def test_leftover_as_long_as_the_file_or_longer(server, tmp_path, leftover):
    (tmp_path / ".file.bin.partial").write_bytes(leftover)
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_server_without_ranges_starts_anew(server, tmp_path):
    server.ranges = False
    (tmp_path / ".file.bin.partial").write_bytes(BODY[:1000])
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_server_errors_are_tried_again(server, tmp_path):
    server.failures = 3
    get(server.url, tmp_path / "file.bin")
    assert len(server.asked) == 4


def test_gives_up_in_one_line(server, tmp_path):
    server.failures = 99
    with pytest.raises(InputError, match="503"):
        get(server.url, tmp_path / "file.bin")
    assert len(server.asked) == fetch.ATTEMPTS


def test_missing_file_is_not_tried_again(server, tmp_path):
    with pytest.raises(InputError, match="404"):
        get(server.url.replace("data/file.bin", "missing"), tmp_path / "file.bin")
    assert len(server.asked) == 1


def test_mirror_comes_before_the_network(server, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    place = mirror / raw_path(server.url)
    place.parent.mkdir(parents=True)
    place.write_bytes(BODY)
    monkeypatch.setenv("LINGRAFT_MIRROR", str(mirror))
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert not server.asked


def test_mirror_without_the_file_leaves_it_to_the_network(server, tmp_path, monkeypatch):
    monkeypatch.setenv("LINGRAFT_MIRROR", str(tmp_path / "mirror"))
    get(server.url, tmp_path / "file.bin")
    assert server.asked


def test_wheel_from_the_mirror_without_pip(tmp_path, monkeypatch):
    mirror = tmp_path / "mirror" / "pypi"
    mirror.mkdir(parents=True)
    (mirror / "some-thing-1.0.whl").write_bytes(BODY)
    monkeypatch.setenv("LINGRAFT_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    get("pypi:some-thing==1.0#**/*.po", tmp_path / "wheel.whl")
    assert (tmp_path / "wheel.whl").read_bytes() == BODY


def test_wheel_comes_by_pip_with_the_users_settings(tmp_path, monkeypatch):
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    wheel = write_wheel(shelf / "tiny_pack-1.0-py3-none-any.whl")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    get("pypi:tiny-pack==1.0#**/*.po", tmp_path / "out.whl", digest)
    assert (tmp_path / "out.whl").read_bytes() == wheel.read_bytes()
    with pytest.raises(InputError, match=r"tiny-pack==2\.0: pip could not"):
        get("pypi:tiny-pack==2.0", tmp_path / "two.whl", digest)


def write_wheel(path):
    with zipfile.ZipFile(path, "w") as archive:
        info = "tiny_pack-1.0.dist-info"
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-pack\nVersion: 1.0\n"
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def test_file_of_the_repository(tmp_path):
    path = ROOT / "pyproject.toml"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    get("file:pyproject.toml", tmp_path / "copy.toml", digest)
    assert (tmp_path / "copy.toml").read_bytes() == path.read_bytes()


def test_a_right_file_is_left_alone(server, tmp_path):
    (tmp_path / "file.bin").write_bytes(BODY)
    get(server.url, tmp_path / "file.bin")
    assert not server.asked


def test_wrong_digest_leaves_the_old_file(server, tmp_path):
    (tmp_path / "file.bin").write_bytes(b"old")
    with pytest.raises(InputError):
        get(server.url, tmp_path / "file.bin", "0" * 64)
    assert (tmp_path / "file.bin").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://host.org/a/b.json", "host.org/a/b.json"),
        ("pypi:some-name==1.2.post3#**/x.po", "pypi/some-name-1.2.post3.whl"),
        ("file:data/x.jsonl", "file/data/x.jsonl"),
    ],
)
def test_place_of_a_raw_file(url, place):
    assert raw_path(url) == place
    assert parse_source(url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/file",
        "https://host",
        "https://host/../../etc/passwd",
        "https://host/file?query=1",
        "pypi:name",
        "pypi:name==",
        "file:/etc/passwd",
        "file:../outside",
        "nonsense",
        "",
    ],
)
def test_malformed_source_is_named(url):
    with pytest.raises(InputError, match="expected"):
        parse_source(url)


def test_languages_are_filled_in():
    source = expand("pypi:x==1#**/locale/{locale}/*.po", "zh", "zh_Hans")
    assert (source.kind, source.location, source.member) == (
        "pypi",
        "x==1",
        "**/locale/zh_Hans/*.po",
    )
    assert expand("https://h/en-{locale}/t.{lang}", "en", "ar").raw == "h/en-ar/t.en"
