"""A download resumes at the byte where it stopped, and never glues two files together."""

import hashlib
import os
import random
import time

import pytest

from scripts.common import limits
from scripts.common.errors import InputError
from tests.support.file_server import BODY, time_of

OTHER = bytes(reversed(BODY))


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


def test_broken_connection_is_continued(get, server, tmp_path):
    server.cuts = [70_000]
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert server.asked == [0, 70_000]


def test_leftover_of_another_file_is_not_trusted(get, server, tmp_path):
    (tmp_path / ".file.bin.partial").write_bytes(b"x" * 1000)
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert server.asked == [1000, 0]


@pytest.mark.parametrize("leftover", [BODY, BODY + b"more"])
def test_leftover_as_long_as_the_file_or_longer(get, server, tmp_path, leftover):
    (tmp_path / ".file.bin.partial").write_bytes(leftover)
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_server_without_ranges_starts_anew(get, server, tmp_path):
    server.ranges = False
    (tmp_path / ".file.bin.partial").write_bytes(BODY[:1000])
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_server_errors_are_tried_again(get, server, tmp_path):
    server.failures = 3
    get(server.url, tmp_path / "file.bin")
    assert len(server.asked) == 4


def test_gives_up_in_one_line(get, server, tmp_path):
    server.failures = 99
    with pytest.raises(InputError, match="503"):
        get(server.url, tmp_path / "file.bin")
    assert len(server.asked) == limits.FETCH_ATTEMPTS


def test_missing_file_is_not_tried_again(get, server, tmp_path):
    with pytest.raises(InputError, match="404"):
        get(server.url.replace("data/file.bin", "missing"), tmp_path / "file.bin")
    assert len(server.asked) == 1


def test_a_connection_may_be_cut_at_every_byte(get, server, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "FIRST_PAUSE", 0)
    server.body = os.urandom(100)
    for size in range(100):
        server.cuts, server.asked[:] = [size], []
        get(server.url, tmp_path / "file.bin", digest=digest_of(server.body))
        assert (tmp_path / "file.bin").read_bytes() == server.body
        assert server.asked == [0, size]
        (tmp_path / "file.bin").unlink()


def test_every_byte_that_came_is_kept(get, server, tmp_path):
    """Of several cuts each, at any place of a file of many blocks."""
    sizes = random.Random(7)
    server.cuts = cuts = [sizes.randrange(1, 80_000) for _ in range(6)]
    places = [sum(cuts[:count]) for count in range(7)]
    get(server.url, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert server.asked == [place for place in places if place < len(BODY)]


def test_a_byte_at_each_attempt_is_no_gain(get, server, tmp_path):
    server.cuts = [1] * 1000
    with pytest.raises(InputError, match="gave up after 7 attempts: "):
        get(server.url, tmp_path / "file.bin")
    assert (tmp_path / ".file.bin.partial").read_bytes() == BODY[: len(server.asked)]
    assert len(server.asked) == limits.FETCH_ATTEMPTS


@pytest.mark.parametrize("validator", ["etag", "modified"])
@pytest.mark.parametrize("checked", [True, False])
def test_a_file_that_changed_meanwhile_is_not_glued(get, server, tmp_path, validator, checked):
    setattr(server, validator, '"one"' if validator == "etag" else time_of(1_000_000_000))
    server.cuts = [100_000]
    first = server.etag or server.modified

    def change(handler):
        server.body = OTHER
        setattr(server, validator, '"two"' if validator == "etag" else time_of(1_100_000_000))
        assert handler.headers["If-Range"] == first
        handler.send_part(0)

    server.answers = [lambda handler: handler.send_part(0), change]
    get(server.url, tmp_path / "file.bin", digest=digest_of(OTHER) if checked else "")
    assert (tmp_path / "file.bin").read_bytes() == OTHER
    assert server.conditions == [None, first]


def test_a_server_that_ignores_the_condition_is_found_out(get, server, tmp_path):
    server.etag, server.cuts = '"one"', [100_000]

    def change(handler):
        server.body, server.etag = OTHER, '"two"'
        handler.send_part(100_000)

    server.answers = [lambda handler: handler.send_part(0), change]
    get(server.url, tmp_path / "file.bin", digest="")
    assert (tmp_path / "file.bin").read_bytes() == OTHER
    assert server.asked == [0, 100_000, 0]


@pytest.mark.parametrize("digest", ["", digest_of(OTHER)])
def test_a_run_continues_what_another_run_began(get, server, tmp_path, digest):
    server.body, server.etag = OTHER, '"one"'
    server.cuts = [150_000] + [0] * (limits.FETCH_ATTEMPTS - 1)
    with pytest.raises(InputError, match="gave up"):
        get(server.url, tmp_path / "file.bin", digest=digest)
    server.asked.clear()
    get(server.url, tmp_path / "file.bin", digest=digest)
    assert server.asked == [150_000]
    assert (tmp_path / "file.bin").read_bytes() == OTHER
    assert not [name for name in os.listdir(tmp_path) if "partial" in name]


@pytest.mark.parametrize("etag", [None, 'W/"weak"', '"'])
def test_without_validator_and_digest_it_begins_anew(get, server, tmp_path, etag):
    server.etag, server.modified = etag, time_of(time.time() + 60)
    server.cuts = [100_000]
    get(server.url, tmp_path / "file.bin", digest="")
    assert server.asked == [0, 0]
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_without_validator_a_digest_tells_parts_of_two_files(get, server, tmp_path):
    server.cuts = [100_000]

    def change(handler):
        server.body = OTHER
        handler.send_part(100_000)

    server.answers = [lambda handler: handler.send_part(0), change]
    get(server.url, tmp_path / "file.bin", digest=digest_of(OTHER))
    assert (tmp_path / "file.bin").read_bytes() == OTHER


def test_a_validator_of_another_address_counts_for_nothing(get, server, tmp_path):
    server.etag, server.cuts = '"one"', [100_000] + [0] * (limits.FETCH_ATTEMPTS - 1)
    with pytest.raises(InputError):
        get(server.url, tmp_path / "file.bin", digest="")
    server.asked.clear()
    get(f"{server.url}.other", tmp_path / "file.bin", digest="")
    assert server.asked == [0]


def test_a_file_that_shrank_begins_anew(get, server, tmp_path):
    server.etag, server.cuts = '"one"', [100_000] + [0] * (limits.FETCH_ATTEMPTS - 1)
    with pytest.raises(InputError):
        get(server.url, tmp_path / "file.bin", digest="")
    server.body = BODY[:5000]
    get(server.url, tmp_path / "file.bin", digest="")
    assert (tmp_path / "file.bin").read_bytes() == BODY[:5000]


def test_damaged_notes_of_a_partial_file_count_for_nothing(get, server, tmp_path):
    (tmp_path / ".file.bin.partial").write_bytes(b"x" * 1000)
    (tmp_path / ".file.bin.partial.json").write_text("{")
    get(server.url, tmp_path / "file.bin", digest="")
    assert (tmp_path / "file.bin").read_bytes() == BODY
