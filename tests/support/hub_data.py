"""A data set as the hub has one: Parquet in two configs, whose card names their files."""

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.files import ROOT

CARD = b"""---
license: cc-by-4.0
configs:
- config_name: en
  default: true
  data_files:
  - {split: train, path: en/train-*.parquet}
  - {split: test, path: en/test.parquet}
- config_name: zh
  data_files: zh/*.parquet
---
# Talk
"""


def parquet(rows: list[dict]) -> bytes:
    """Return rows as a Parquet file."""
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), stream)
    return stream.getvalue()


def read_rows(code: str) -> list[dict]:
    """Return the repository's own instructions in a language, under other names."""
    text = Path(ROOT / "data/everyday.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line)[code] for line in text.splitlines()]
    return [{"question": row["instruction"], "meta": {"answer": row["output"]}} for row in rows]


def talk_files() -> dict[str, bytes]:
    """Return the files of the data set; its rows are those of `read_rows`, in their order."""
    english, chinese = read_rows("en"), read_rows("zh")
    return {
        "README.md": CARD,
        "en/train-00000-of-00002.parquet": parquet(english[:100]),
        "en/train-00001-of-00002.parquet": parquet(english[100:-10]),
        "en/test.parquet": parquet(english[-10:]),
        "zh/all.parquet": parquet(chinese),
    }
