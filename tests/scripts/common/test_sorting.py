"""What does not fit into memory is sorted as what does."""

import random
from bisect import bisect_left
from tempfile import TemporaryFile

import pytest

from scripts.common import sorting
from scripts.common.sorting import SortedStretch, Sorter, Stretch, sort_on_disk


@pytest.fixture(params=[1, 300, 5000, 1 << 25])
def runs(request, monkeypatch):
    """Runs of one item, of some, of many, and of all; blocks that are smaller."""
    monkeypatch.setattr(sorting, "RUN", request.param)
    monkeypatch.setattr(sorting, "BLOCK", 700)


def draw_items(count):
    draw = random.Random(1)
    texts = ["", "a", "aa", "é", "ﬀ", "把", "𠀀", "z\ud800"]
    return [
        (draw.choice(texts), draw.randrange(20), draw.choices(texts, k=2)) for _ in range(count)
    ]


def test_items_leave_in_order(runs):
    items = draw_items(200)
    with TemporaryFile() as scratch:
        assert list(sort_on_disk(iter(items), scratch)) == sorted(items)
        assert list(sort_on_disk([], scratch)) == []


def test_one_file_serves_several_at_once(runs):
    items = draw_items(200)
    with TemporaryFile() as scratch:
        turned = ((item[1], *item) for item in sort_on_disk(items, scratch))
        stretch = Stretch(scratch, sort_on_disk(turned, scratch))
        assert list(stretch) == sorted((item[1], *item) for item in items)


def test_runs_are_not_kept(monkeypatch):
    monkeypatch.setattr(sorting, "RUN", 10_000)
    with TemporaryFile() as scratch:
        sorter = Sorter(scratch)
        for item in draw_items(2000):
            sorter.add(item)
            assert sorter.size < 10_000 and len(sorter.run) < 50


def test_a_stretch_is_searched_as_a_list(monkeypatch):
    monkeypatch.setattr(sorting, "BLOCK", 700)
    items = sorted((number % 7, "x" * number) for number in range(40))
    for some in (items, items[:1], [], items[:12], [(1, "")] * 11):
        with TemporaryFile() as scratch:
            stretch = SortedStretch(scratch, some)
            assert len(stretch) == len(some)
            for item in [*items, (0, ""), (1, ""), (3, "y"), (9, "")]:
                assert stretch.find(item) == bisect_left(some, item)
            for first in range(len(some) + 2):
                for stop in range(first, len(some) + 4):
                    assert stretch.between(first, stop) == some[first:stop]
