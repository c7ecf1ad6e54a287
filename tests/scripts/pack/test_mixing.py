"""Records are seen in a fixed order, and groups have their shares in every batch."""

import random
from collections import Counter
from itertools import islice

import pytest

from scripts.common.errors import InputError
from scripts.pack.mixing import Shares, read_order
from scripts.pack.packing import pack_apart, pack_groups
from scripts.pack.rendering import Example
from scripts.pack.window import Window

LENGTH = 256
# Texts of hundreds of tokens, and pairs of some dozen, as in BiLLa's first stage.
SIZES = {"zh": (100, 256), "en": (60, 256), "translate": (10, 60)}
WEIGHTS = {"zh": 4.0, "en": 4.0, "translate": 2.0}


def endless(name: str, low: int, high: int):
    """Yield examples of `low` to `high` tokens for ever."""
    chance = random.Random(name)
    while True:
        yield Example(name, [1] * chance.randint(low, high), 1)


def mixed_rows(unit: str, count: int, sizes=SIZES, apart: bool = False):
    """Return rows of three groups."""
    groups = [Window(endless(name, *sizes[name])) for name in WEIGHTS]
    shares = Shares(list(WEIGHTS.values()), unit, LENGTH)
    rows = pack_apart(groups, shares) if apart else pack_groups(groups, shares, LENGTH)
    return list(islice(rows, count))


def amounts(rows, unit: str) -> Counter[str]:
    """Return what rows hold of each group."""
    found: Counter[str] = Counter()
    for row in rows:
        for example in row.examples:
            found[example.source] += len(example.ids) if unit == "tokens" else 1
    return found


@pytest.mark.parametrize("unit", ["tokens", "records"])
def test_shares_hold_over_a_run_and_to_a_row_in_every_batch(unit):
    rows, batch = mixed_rows(unit, 1600), 16
    total = amounts(rows, unit)
    for name, weight in WEIGHTS.items():
        assert abs(total[name] / total.total() - weight / 10) < 0.005
    row = total.total() / len(rows)
    for start in range(0, len(rows), batch):
        found = amounts(rows[start : start + batch], unit)
        for name, weight in WEIGHTS.items():
            assert abs(found[name] - weight / 10 * found.total()) <= max(row, 1)


def test_a_short_run_has_all_groups():
    found = amounts(mixed_rows("tokens", 72), "tokens")
    assert all(
        abs(found[name] / found.total() - weight / 10) < 0.01 for name, weight in WEIGHTS.items()
    )


def test_pieces_that_fill_whole_rows_have_their_share_too():
    sizes = SIZES | {"zh": (LENGTH, LENGTH)}
    rows = mixed_rows("tokens", 400, sizes)
    found = amounts(rows, "tokens")
    assert abs(found["zh"] / found.total() - 0.4) < 0.005
    assert found.total() / (400 * LENGTH) > 0.98


def test_a_batch_of_rows_of_one_record_counts_records():
    rows = mixed_rows("records", 1000, apart=True)
    assert all(len(row.examples) == 1 for row in rows)
    assert amounts(rows, "records") == Counter(zh=400, en=400, translate=200)
    for start in range(0, 1000, 50):
        assert abs(amounts(rows[start : start + 50], "records")["translate"] - 10) <= 1


def test_the_pieces_of_one_record_count_once():
    shares = Shares([1, 1], "records", LENGTH)
    whole = Example("a", [1] * 300, 1)
    for piece in (whole.piece(0, 200), whole.piece(200, 400)):
        shares.add(0, piece)
    assert shares.amounts == [1, 0]


def test_each_pass_sees_every_record_once_in_another_order():
    order = list(read_order(8, 5, "x", 2))
    assert [turn for _, turn in order] == [0] * 8 + [1] * 8
    first, second = ([position for position, turn in order if turn == n] for n in (0, 1))
    assert sorted(first) == sorted(second) == list(range(8))
    assert first != second
    assert order == list(read_order(8, 5, "x", 2))


@pytest.mark.parametrize(("passes", "sizes"), [(0.25, [2]), (1, [8]), (2.5, [8, 8, 4])])
def test_passes_may_be_fractions(passes, sizes):
    found = Counter(turn for _, turn in read_order(8, 5, "x", passes))
    assert [found[turn] for turn in sorted(found)] == sizes
    assert list(read_order(8, 5, "x", 3))[: sum(sizes)] == list(read_order(8, 5, "x", passes))


def test_no_records_is_an_error():
    with pytest.raises(InputError, match="x: no records are left"):
        list(read_order(0, 5, "x", 1))
