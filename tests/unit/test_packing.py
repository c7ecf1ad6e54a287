"""Packed rows hold every token once, in rows of exactly the length, labels where loss is meant."""

import random

from scripts.train.mixing import interleave, read_order
from scripts.train.packing import IGNORED, OPEN_ROWS, Dropped, Row, columns, fit, pack
from scripts.train.rendering import Example

LENGTH, PAD = 32, 0


def some_examples(count: int, seed: int = 1) -> list[Example]:
    """Return examples of 2 to 32 tokens whose ids tell them apart."""
    chance = random.Random(seed)
    return [
        Example("s", [number] * chance.randint(2, LENGTH), chance.randint(1, 2))
        for number in range(1, count + 1)
    ]


def test_every_example_is_in_exactly_one_row_and_rows_are_dense():
    examples = some_examples(2000)
    rows = list(pack(examples, LENGTH))
    packed = sorted(example.ids[0] for row in rows for example in row.examples)
    assert packed == list(range(1, 2001))
    assert all(row.used <= LENGTH for row in rows)
    filled = sum(row.used for row in rows) / (len(rows) * LENGTH)
    assert filled > 0.95, f"{filled:.3f} of all positions hold tokens"


def test_order_is_kept_within_the_open_rows():
    rows = list(pack([Example("s", [n] * LENGTH, 1) for n in range(100)], LENGTH))
    assert [row.examples[0].ids[0] for row in rows] == list(range(100))
    assert OPEN_ROWS < 100


def test_columns_restart_positions_and_mask_prompts_and_padding():
    row = Row()
    row.add(Example("s", [11, 12, 13, 14], 2))
    row.add(Example("s", [21, 22, 23], 0))
    found = columns(row, 10, PAD)
    assert found["input_ids"] == [11, 12, 13, 14, 21, 22, 23, PAD, PAD, PAD]
    assert found["position_ids"] == [0, 1, 2, 3, 0, 1, 2, 0, 1, 2]
    i = IGNORED
    assert found["labels"] == [i, i, 13, 14, i, 22, 23, i, i, i]
    assert (found["tokens"], found["useful_tokens"]) == (7, 4)


def test_long_documents_are_cut_and_long_answers_dropped():
    long = Example("s", list(range(80)), 1)
    dropped = Dropped()
    pieces = list(fit([long], LENGTH, cut=True, dropped=dropped))
    assert [token for piece in pieces for token in piece.ids] == list(range(80))
    assert list(fit([long], LENGTH, cut=False, dropped=dropped)) == []
    assert (dropped.cut, dropped.too_long) == (1, 1)


def test_weights_are_shares_of_tokens_at_every_point():
    streams = [
        iter(lambda: Example("a", [1] * 3, 1), None),
        iter(lambda: Example("b", [1] * 40, 1), None),
    ]
    mixed = interleave([(4.0, streams[0]), (1.0, streams[1])])
    tokens = {"a": 0, "b": 0}
    for number in range(3000):
        example = next(mixed)
        tokens[example.source] += len(example.ids)
        if number > 300:
            assert abs(tokens["a"] / (tokens["a"] + tokens["b"]) - 0.8) < 0.05


def test_each_pass_sees_every_record_once_in_another_order():
    order = [index for index, _ in read_order(list("abcdefgh"), 5, "x", 2)]
    first, second = order[:8], order[8:]
    assert sorted(first) == sorted(second) == list(range(8))
    assert first != second
    assert order == [index for index, _ in read_order(list("abcdefgh"), 5, "x", 2)]
