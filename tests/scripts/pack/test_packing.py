"""Packed rows hold every token once, in rows of exactly the length, labels where loss is meant."""

import random
from collections import Counter
from weakref import ref

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.common.errors import InputError
from scripts.pack.packed_rows import BLOCK, fill_batch, write_rows
from scripts.pack.packing import IGNORED, Row, columns, pack
from scripts.pack.records import Records, check_columns, map_corpora
from scripts.pack.rendering import Example
from scripts.pack.too_long import Lengths, split
from scripts.pack.window import SIZE

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
    assert filled > 0.985, f"{filled:.4f} of all positions hold tokens"


def test_examples_that_fill_a_row_keep_their_order():
    rows = list(pack([Example("s", [n] * LENGTH, 1) for n in range(100)], LENGTH))
    assert [row.examples[0].ids[0] for row in rows] == list(range(100))


def test_no_example_waits_longer_than_a_window_of_others():
    chance = random.Random(4)
    # Long ones, of which a short one is never the longest that fits.
    stream = [Example("s", [n] * chance.choice([3, 14, 15, 16]), 1) for n in range(20000)]
    taken = [example.ids[0] for row in pack(stream, LENGTH) for example in row.examples]
    assert max(place - number for place, number in enumerate(taken)) <= 4 * SIZE


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


def test_a_row_names_the_records_of_its_examples():
    row = Row()
    row.add(Example("s", [11, 12], 1, "s:a"))
    (piece, _) = split(Example("s", list(range(40)), 1, "s:b"), 30)
    row.add(piece)
    assert columns(row, LENGTH, PAD)["records"] == ["s:a", "s:b"]


@pytest.mark.parametrize(("found", "filled"), [(8, 8), (9, 12), (2, 4), (1, 4)])
def test_the_last_batch_is_filled_with_rows_from_the_start(found, filled):
    rows = [Row(used=number) for number in range(found)]
    taken = [row.used for row in fill_batch(rows, 4)]
    assert len(taken) == filled
    assert taken == [number % found for number in range(filled)]


def test_rows_are_written_as_they_come_and_counted_once(tmp_path):
    alive: list[ref] = []

    def stream():
        for number in range(3 * BLOCK):
            row = Row()
            row.add(Example("s", [number] * 5, 2, f"s:{number}"))
            alive.append(ref(row))
            yield row
        kept = sum(row() is not None for row in alive)
        assert kept <= BLOCK, f"{kept} rows are in memory"

    counts = write_rows(stream(), LENGTH, PAD, tmp_path / "rows.arrow")
    described = counts.describe(LENGTH, Counter(s=2 * BLOCK), Lengths(LENGTH))
    assert described["sources"]["s"] == {
        "records": 3 * BLOCK,
        "tokens": 15 * BLOCK,
        "useful_tokens": 9 * BLOCK,
        "epochs": 1.5,
    }
    table = pa.ipc.open_stream(pa.memory_map(str(tmp_path / "rows.arrow"))).read_all().to_pylist()
    assert table[BLOCK + 1]["records"] == [f"s:{BLOCK + 1}"]
    assert table[-1]["input_ids"][:6] == [*[3 * BLOCK - 1] * 5, PAD]


def test_slices_of_several_parts_count_from_either_end(tmp_path):
    rows = [{"id": str(n), "text": f"text {n}"} for n in range(10)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    tables = map_corpora(["a"], {"a": tmp_path / "a.parquet"}, tmp_path)
    parts = [
        {"dataset": "a", "start": start, "stop": stop}
        for start, stop in [(0, 2), (-4, None), (0, 3)]
    ]
    cuts = [
        {"first": 1, "count": 2, "start": 1, "stop": -1},
        {"first": 0, "count": 3, "start": 1, "stop": None},
    ]
    records = Records(parts, tables, cuts)
    found = list(records.read_all((n, 0) for n in range(len(records))))
    assert [record.name for record in found] == ["a:1", "a:7", "a:8", "a:9", "a:0", "a:1"]
    assert records.sizes() == Counter(a=6)


def test_records_that_were_cut_are_counted_where_they_are_trained_on(tmp_path):
    whole = Example("s", list(range(1, 70)), 1, "s:long")
    short = Example("s", [1] * 5, 1, "s:short")
    rows = pack([*split(whole, LENGTH), short], LENGTH)
    counts = write_rows(rows, LENGTH, PAD, tmp_path / "rows.arrow")
    found = counts.describe(LENGTH, Counter(s=2), Lengths(LENGTH))["sources"]["s"]
    assert (found["records"], found["cut"]) == (2, 1)


def test_records_are_read_from_disk_by_slice(tmp_path):
    rows = [{"id": str(n), "text": f"text {n}"} for n in range(10)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    tables = map_corpora(["a"], {"a": tmp_path / "a.parquet"}, tmp_path)
    parts = [{"dataset": "a", "start": 7, "stop": None}, {"dataset": "a", "start": 2, "stop": 4}]
    records = Records(parts, tables)
    found = list(records.read_all((n, 3) for n in range(len(records))))
    assert [record.name for record in found] == ["a:7", "a:8", "a:9", "a:2", "a:3"]
    assert [record.index for record in found] == [0, 1, 2, 0, 1]
    assert (found[-1].fields["text"], found[-1].turn) == ("text 3", 3)
    with pytest.raises(InputError, match=r"b\.parquet is missing"):
        map_corpora(["b"], {"a": tmp_path / "a.parquet"}, tmp_path)


def test_a_corpus_with_a_null_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": ["1", "2"], "text": ["a", None]}), path)
    table = map_corpora(["a"], {"a": path}, tmp_path)["a"]
    with pytest.raises(InputError, match=r"a\.parquet: 1 nulls in column 'text'"):
        check_columns(path, "text", table)
