"""Counts of parts are summed, however they are merged."""

import random
from collections import Counter

import pytest

from scripts.tokenizer import word_counts as module
from scripts.tokenizer.word_counts import WordCounts, merge_counts


@pytest.mark.parametrize("waiting", [0, 100, 1 << 28])
def test_parts_are_summed(waiting, monkeypatch):
    monkeypatch.setattr(module, "WAITING", waiting)
    draw = random.Random(4)
    parts = [
        {bytes(draw.choices(b"ab\xff", k=draw.randint(0, 3))): draw.randint(1, 9) for _ in range(6)}
        for _ in range(30)
    ]
    total = sum(map(Counter, parts), Counter())
    found = merge_counts(map(WordCounts.of, parts))
    assert found.as_dict() == total
    assert len(found.words) == len(total)


def test_no_part_has_no_word():
    assert merge_counts([]).as_dict() == {}
