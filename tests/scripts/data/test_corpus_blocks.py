"""A corpus of any size is gone through with no more than a group of its records in memory."""

import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.data.check_overlap import search
from scripts.data.corpus_blocks import ROWS, even_blocks, map_blocks, read_groups
from scripts.data.gather_corpus import left_blocks
from scripts.data.sign_records import read_documents
from scripts.tokenizer.read_texts import stream_texts

GROUPS, IN_GROUP, LETTERS = 30, 1500, 200


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A corpus of texts that do not compress: 9 MB in 30 groups of records."""
    draw, path = random.Random(1), tmp_path_factory.mktemp("blocks") / "made_en.parquet"
    schema = pa.schema([("id", pa.string()), ("text", pa.string())])
    with pq.ParquetWriter(path, schema) as file:
        for group in range(GROUPS):
            ids = [str(group * IN_GROUP + number) for number in range(IN_GROUP)]
            texts = [draw.randbytes(LETTERS // 2).hex() for _ in ids]
            file.write_table(pa.table([ids, texts], schema=schema))
    return path


READERS = {
    "map_blocks": lambda path: map_blocks(search(None), pq.ParquetFile(path), 1),
    "left_blocks": lambda path: left_blocks([pq.ParquetFile(path)], None),
    "read_documents": lambda path: read_documents("text", pq.ParquetFile(path)),
    "stream_texts": lambda path: stream_texts([str(path)]),
}


@pytest.mark.parametrize("reader", READERS)
def test_what_was_read_is_not_kept(path, reader):
    before, most = pa.total_allocated_bytes(), 0
    for _ in READERS[reader](path):
        most = max(most, pa.total_allocated_bytes() - before)
    assert 0 < most < path.stat().st_size / 3


def test_blocks_do_not_depend_on_groups(path):
    blocks = list(even_blocks(read_groups(pq.ParquetFile(path))))
    assert {block.num_rows for block in blocks[:-1]} == {ROWS}
    assert pa.Table.from_batches(blocks).equals(pq.read_table(path))
