"""A rating that was confirmed is never lost, and what is left of another is no rating."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.study.ratings import Question, add_rating, find_last_line, read_ratings
from tests.support.ratings import rate

ADD = """
import sys
from pathlib import Path
from scripts.study.ratings import add_rating
from tests.support.ratings import rate
for number in range(100_000):
    add_rating(rate("left", "a", "b", question="q" * 500), Path(sys.argv[1]))
    print(number, flush=True)
"""


def test_what_is_added_is_read(tmp_path):
    path = tmp_path / "new/preferences.jsonl"
    question = Question("问", "in\nput \u2028", "be kind", (("a", "b"), ("c", "d")))
    ratings = [replace(rate("tie", "a", "b"), question=question), rate("up", "a")]
    for rating in ratings:
        add_rating(rating, path)
    assert read_ratings(path) == ratings
    assert len(path.read_text().split("\n")) == 3


def test_the_last_of_one_id_counts(tmp_path):
    first = rate("up", "a")
    for rating in (first, rate("down", "b"), replace(first, vote="down")):
        add_rating(rating, tmp_path / "r.jsonl")
    assert [one.vote for one in read_ratings(tmp_path / "r.jsonl")] == ["down", "down"]


@pytest.mark.parametrize("left", ["{", '{"id": "x", "vo', '"', "\x00\x00", "x" * 200_000])
def test_what_a_killed_process_left_is_no_rating_and_in_nobodys_way(left, tmp_path):
    path = tmp_path / "r.jsonl"
    ratings = [rate("left", "a", "b"), rate("right", "a", "b")]
    add_rating(ratings[0], path)
    with path.open("a") as stream:
        stream.write(left)
    assert read_ratings(path) == ratings[:1]
    add_rating(ratings[1], path)
    assert read_ratings(path) == ratings


def test_a_whole_last_line_without_its_end_is_kept(tmp_path):
    path = tmp_path / "r.jsonl"
    ratings = [rate("left", "a", "b"), rate("right", "a", "b")]
    add_rating(ratings[0], path)
    path.write_text(path.read_text().rstrip("\n"))
    assert read_ratings(path) == ratings[:1]
    add_rating(ratings[1], path)
    assert read_ratings(path) == ratings


def test_where_the_last_line_begins_is_found_in_any_block(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"one\n" + b"x" * 100)
    with path.open("rb") as stream:
        assert {find_last_line(stream, 104, block) for block in (1, 7, 100, 104, 999)} == {4}
    path.write_bytes(b"x" * 100)
    with path.open("rb") as stream:
        assert find_last_line(stream, 100, 7) == 0


def test_a_process_that_is_killed_loses_none_that_it_confirmed(tmp_path):
    path = tmp_path / "r.jsonl"
    command = [sys.executable, "-c", ADD, str(path)]
    for killed in range(1, 4):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        confirmed = [process.stdout.readline() for _ in range(20 * killed)]
        os.kill(process.pid, signal.SIGKILL)
        confirmed += process.stdout.readlines()
        process.wait()
        content = path.read_text()
        assert content.count("\n") >= len(confirmed)
        path.write_text(content[: len(content) - 1 - killed])  # torn, to be repaired by the next
    assert len({one.id for one in read_ratings(path)}) >= 40


def test_several_at_once_keep_all(tmp_path):
    path = tmp_path / "r.jsonl"
    ratings = [rate("left", "a", "b") for _ in range(60)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda one: add_rating(one, path), ratings))
    assert {one.id for one in read_ratings(path)} == {one.id for one in ratings}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vote": "up"}, "vote: found 'up', expected one of left, right, tie, bad"),
        ({"vote": "upwards"}, "vote"),
        ({"answers": []}, "answers"),
        ({"question": {"instruction": "q"}}, "question"),
        ({"seed": "7"}, "seed"),
    ],
)
def test_a_line_that_is_no_rating_is_named(change, words, tmp_path):
    path = tmp_path / "r.jsonl"
    add_rating(rate("left", "a", "b"), path)
    facts = json.loads(path.read_text())
    path.write_text(path.read_text() + json.dumps(facts | change) + "\n")
    with pytest.raises(InputError, match=r"r\.jsonl:2: ") as caught:
        read_ratings(path)
    assert words in str(caught.value)


@pytest.mark.parametrize("content", ["", "\n", '{"torn'])
def test_no_rating_is_an_error(content, tmp_path):
    (tmp_path / "r.jsonl").write_text(content)
    with pytest.raises(InputError, match="no rating, expected ratings of `make page`"):
        read_ratings(tmp_path / "r.jsonl")
