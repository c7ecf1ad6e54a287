"""Rows of published tables, by what the file is called: one module for each form.

``read(file, request) -> rows``: a row is a mapping of columns, or what a JSON list holds. It keeps
`request.at` at the row, for messages.
"""

from collections.abc import Callable, Iterator
from typing import Any

from scripts.data.raw_file import RawFile
from scripts.data.request import Request
from scripts.data.rows import columnar, delimited, json_rows, plain, tmx

Read = Callable[[RawFile, Request], Iterator[Any]]

READERS: dict[str, Read] = {
    ".json": json_rows.read,
    ".jsonl": json_rows.read_lines,
    ".ndjson": json_rows.read_lines,
    ".csv": delimited.read_commas,
    ".tsv": delimited.read_tabs,
    ".parquet": columnar.read_parquet,
    ".arrow": columnar.read_arrow,
    ".tmx": tmx.read,
    ".txt": plain.read,
    ".md": plain.read,
}
