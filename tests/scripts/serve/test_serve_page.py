"""The command: what it says, what it refuses, how it ends, and what a killed one leaves."""

import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from scripts.common.files import ROOT
from scripts.serve.addresses import is_loopback, listen
from scripts.study.ratings import read_ratings
from tests.support.browser import NEEDS_BROWSER
from tests.support.page_server import write_results

COMMAND = [sys.executable, "-m", "scripts.serve.serve_page"]


@pytest.fixture(scope="module")
def results(tmp_path_factory, tiny_model):
    return write_results(tmp_path_factory.mktemp("served") / "results", tiny_model)


def refuse(*words, **variables):
    """Run the command, which must end with one line; return it."""
    kept = {key: value for key, value in os.environ.items() if key != "LINGRAFT_PASSWORD"}
    done = subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=ROOT,
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1
    return done.stderr


@contextmanager
def started(*words):
    """Start the command on a terminal; yield its process, what it printed, and the terminal."""
    here, there = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *map(str, words)], cwd=ROOT, stdin=there, stdout=there, stderr=there,
        start_new_session=True,
    )  # fmt: skip
    os.close(there)
    try:
        said = ""
        while "Ctrl-C" not in said:
            said += os.read(here, 4096).decode()
        yield process, said, here
    finally:
        process.kill()
        process.wait()
        os.close(here)


def read_on(terminal) -> str:
    """Return what is printed until the end."""
    said = b""
    try:
        while found := os.read(terminal, 4096):
            said += found
    except OSError:
        pass  # Linux's end of a terminal
    return said.decode()


def test_it_says_where_it_is_and_ends_at_once(results):
    with started("--results", results, "--port", 17990) as (process, said, terminal):
        assert "models of <b>toy</b>: base, tiny (main), asks" in said
        assert "address: http://127.0.0.1:17990 (Ctrl-C ends it)" in said
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0 and time.monotonic() - began < 2
        assert read_on(terminal).split() == ["stopped"]


def test_a_mistake_is_one_line(results, tmp_path):
    assert "no model is built; run `make` first" in refuse("--results", tmp_path)
    found = refuse("--results", results, "--host", "0.0.0.0")
    assert "others could reach it; set a password in $LINGRAFT_PASSWORD" in found
    assert "--host 203.0.113.7" in refuse(
        "--results", results, "--host", "203.0.113.7", LINGRAFT_PASSWORD="x"
    )
    assert "--port 70000" in refuse("--results", results, "--port", 70000)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"--port {port}: in use" in refuse("--results", results, "--port", port)


def test_the_next_free_port_is_taken_where_none_is_named():
    with listen("127.0.0.1", None, 18100) as first, listen("127.0.0.1", None, 18100) as second:
        assert first.getsockname()[1] < second.getsockname()[1]


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("127.0.0.9", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("example.org", False)],
)  # fmt: skip
def test_what_is_reached_from_this_machine_alone(host, own):
    assert is_loopback(host) == own


@NEEDS_BROWSER
def test_a_killed_server_loses_no_rating_and_its_page_comes_back(results):
    from playwright.sync_api import expect

    from tests.support.page_browser import ask, open_page, start_browser, wait

    options = ("--results", results, "--port", 17991)
    with start_browser() as browser:
        with started(*options) as (process, said, _):
            page, _ = open_page(browser, re.search(r"http://\S+", said)[0])
            ask(page, "Sea?")
            wait(page)
            page.locator("#talk-up").click()
            expect(page.locator("#talk-status")).to_contain_text("Good: kept in")
            process.kill()
            process.wait()
        assert [one.vote for one in read_ratings(results / "preferences.jsonl")] == ["up"]
        expect(page.locator("#notice")).to_contain_text(
            "The server does not answer.", timeout=9_000
        )
        with started(*options):
            expect(page.locator("#notice")).to_contain_text("reload it to go on", timeout=9_000)
            page.reload()
            expect(page.locator("#chat")).to_contain_text("Nothing has been asked yet.")
            expect(page.locator("#notice")).to_be_hidden()
            ask(page, "And now?")
            wait(page)
            page.locator("#talk-down").click()
            expect(page.locator("#talk-status")).to_contain_text("Bad: kept in")
        assert len(read_ratings(results / "preferences.jsonl")) == 2
