"""Any rows of any step are read as they were packed, and processes share them without gaps."""

import pyarrow as pa
import pytest
import torch

from scripts.pack.packed_rows import SCHEMA
from scripts.train.mapped_rows import MappedRows, micro_batches

LENGTH, ROWS = 4, 25


@pytest.fixture
def rows(tmp_path) -> MappedRows:
    """Rows 0 to 24 in stored batches of seven; each holds its number in every place."""
    path = tmp_path / "rows.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, SCHEMA) as writer:
        for start in range(0, ROWS, 7):
            block = [
                {
                    **dict.fromkeys(["input_ids", "position_ids", "labels"], [number] * LENGTH),
                    "tokens": LENGTH,
                    "useful_tokens": number,
                    "records": [f"d:{number}", f"d:{number}b"],
                }
                for number in range(start, min(start + 7, ROWS))
            ]
            writer.write_batch(pa.RecordBatch.from_pylist(block, schema=SCHEMA))
    return MappedRows(path, LENGTH)


@pytest.mark.parametrize(("start", "stop"), [(0, 3), (5, 9), (6, 22), (24, 25), (7, 14)])
def test_rows_come_back_as_packed_across_stored_batches(rows, start, stop):
    found = rows.tensors(start, stop)
    expected = torch.arange(start, stop).repeat_interleave(LENGTH).reshape(-1, LENGTH)
    assert all(torch.equal(tensor, expected) for tensor in found.values())
    assert found["labels"].dtype == torch.int64
    assert rows.total("useful_tokens", start, stop) == sum(range(start, stop))
    assert rows.examples(start, stop) == 2 * (stop - start)
    assert rows.records(start, start + 1) == [f"d:{start}", f"d:{start}b"]


def test_a_row_far_behind_is_read_without_those_before_it(rows, monkeypatch):
    read = []
    column = MappedRows.column
    monkeypatch.setattr(
        MappedRows, "column", lambda self, *args: read.extend(column(self, *args)) or read[-1:]
    )
    rows.tensors(24, 25)
    assert sum(len(part) for part in read) == 3  # one row of three columns


@pytest.mark.parametrize(("size", "micro_batch"), [(1, 8), (1, 1), (2, 2), (4, 1), (8, 1)])
def test_the_processes_share_a_global_batch_without_gap_or_overlap(size, micro_batch):
    found = [
        row
        for rank in range(size)
        for start, stop in micro_batches(3, 8, rank, size, micro_batch)
        for row in range(start, stop)
    ]
    assert sorted(found) == list(range(24, 32))
