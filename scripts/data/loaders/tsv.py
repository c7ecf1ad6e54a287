"""Pairs of sentences in a table, one pair per line, columns parted by tabs (.tsv, .tsv.gz).

The option `columns` names the columns: ``first`` and ``second`` are the two languages in
alphabetical order, as the files of WikiMatrix and News-Commentary have them; ``score`` is a number;
anything else is passed over. `threshold` is the least score of a pair that is kept.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path

from scripts.common.errors import InputError
from scripts.data.request import Request


def load(request: Request) -> Iterator[dict]:
    """Yield the pairs; `InputError` on a file with other columns or a score that is no number."""
    columns = parse_columns(request)
    threshold = request.options.get("threshold")
    for number, cells in read_cells(only_file(request), len(columns), request):
        row = dict(zip(columns, cells, strict=True))
        source, target = row[request.source].strip(), row[request.target].strip()
        reason = fault(source, target, row.get("score"), threshold, number)
        if reason:
            request.dropped[reason] += 1
        else:
            yield {"id": f"{number:08}", "source": source, "target": target}


def parse_columns(request: Request) -> list[str]:
    """Return the name of each column, the languages by their codes."""
    columns = list(request.option("columns"))
    first, second = sorted((request.source, request.target))
    if sorted(set(columns) & {"first", "second"}) != ["first", "second"]:
        raise InputError(f"{request.place}: columns {columns}, expected 'first' and 'second'")
    if "threshold" in request.options and "score" not in columns:
        raise InputError(f"{request.place}: a threshold needs a column 'score', found {columns}")
    return [{"first": first, "second": second}.get(name, name) for name in columns]


def only_file(request: Request) -> Path:
    """Return the file of the pair; two languages without a common file have two."""
    if len(request.raw) != 1:
        raise InputError(
            f"{request.place}: expected one file with both {request.source} and {request.target}, "
            f"found {len(request.raw)}; pairs are published with English only"
        )
    return request.raw[0]


def read_cells(path: Path, width: int, request: Request) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells, line by line: the files are gigabytes."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        # Only a newline ends a line; \r and U+2028 occur inside sentences.
        with opened(path, "rt", encoding="utf-8", newline="\n") as stream:
            for number, line in enumerate(stream, 1):
                cells = line.rstrip("\n").split("\t")
                if len(cells) == width:
                    yield number, cells
                elif number == 1:
                    raise InputError(f"{path}, line 1: {len(cells)} columns, expected {width}")
                else:
                    request.dropped["other number of columns"] += 1
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable table: {error}") from error


def fault(source: str, target: str, score: str | None, threshold: float | None, number: int) -> str:
    """Return why a pair is of no use, '' if it is."""
    if threshold is not None:
        try:
            if float(score or "") < threshold:
                return f"score below {threshold}"
        except ValueError:
            raise InputError(f"line {number}: {score!r} is no score") from None
    if not source or not target:
        return "empty"
    return "identical" if source == target else ""
