"""Tables of text, with the names of the columns in the first line or in the option `header`.

A CSV's cells may be in quotation marks, with commas, quotation marks and line ends inside; in a TSV
a quotation mark is one, unless the option `quotes` says otherwise.
"""

import csv
import sys
from collections.abc import Iterator
from typing import Any

from scripts.common.errors import InputError
from scripts.data.raw_file import RawFile
from scripts.data.request import Request


def read_commas(file: RawFile, request: Request) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file; the option `delimiter` names another mark than a comma."""
    mark = request.options.get("delimiter", ",")
    return read_table(file, request, mark, request.options.get("quotes", True))


def read_tabs(file: RawFile, request: Request) -> Iterator[dict[str, str]]:
    """Yield the rows of a TSV file."""
    return read_table(file, request, "\t", request.options.get("quotes", False))


def read_table(
    file: RawFile, request: Request, mark: str, quotes: bool
) -> Iterator[dict[str, str]]:
    """Yield rows as mappings; one with another number of cells than the header is refused."""
    csv.field_size_limit(sys.maxsize)
    settings: dict[str, Any] = {"quoting": csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE}
    lines = (line + "\n" for _, line in request.file_lines(file))
    cells = csv.reader(lines, delimiter=mark, strict=quotes, **settings)
    header = request.options.get("header")
    try:
        names = [name.strip() for name in header or next(cells, [])]
        if not names or len(set(names)) < len(names):
            raise InputError(f"{file.name}: the names of its columns are {names}, expected others")
        for row in cells:
            if len(row) == len(names):
                yield dict(zip(names, row, strict=True))
            elif row:
                request.refuse(f"found {len(row)} cells, expected {len(names)}")
    except csv.Error as error:
        raise InputError(f"{request.at}: no table: {error}") from None
