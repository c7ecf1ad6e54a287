"""Places are grouped by neighbour, in order, whatever the size of the vocabulary."""

import numpy as np
import pytest

from scripts.tokenizer.byte_corpus import BOUNDARY
from scripts.tokenizer.neighbours import group, sort_stably


@pytest.mark.parametrize("largest", [9, 0xFFFF, 0x10000, 300_000])
def test_keys_are_sorted_stably(largest):
    keys = np.random.default_rng(0).integers(0, largest + 1, 3000).astype(np.int32)
    keys[::7] = largest
    assert sort_stably(keys).tolist() == np.argsort(keys, kind="stable").tolist()


def test_groups_hold_their_places_in_order():
    places = np.arange(10, 70, 10, dtype=np.int32)
    others = np.array([7, BOUNDARY, 70_000, 7, 0, 7], dtype=np.int32)
    groups, found, sums = group(places, others, np.array([1, 2, 3, 4, 5, 6]))
    assert dict(zip(found.tolist(), sums.tolist(), strict=True)) == {0: 5, 7: 11, 70_000: 3}
    assert groups.find(7).tolist() == [10, 40, 60]
    assert groups.find(70_000).tolist() == [30]
    assert groups.find(BOUNDARY).tolist() == [20]
    assert groups.find(8).tolist() == groups.find(80_000).tolist() == []
    assert sorted(groups.places.tolist()) == places.tolist()


def test_nothing_has_no_groups():
    nothing = np.empty(0, dtype=np.int32)
    groups, found, sums = group(nothing, nothing, nothing.astype(np.int64))
    assert not len(found) and not len(sums) and not len(groups.find(3))
