"""Pairs of sentences in a table, one pair per line, columns parted by tabs (.tsv, or compressed).

The option `columns` names the columns: ``first`` and ``second`` are the two languages in
alphabetical order, as the files of WikiMatrix and News-Commentary have them; ``score`` is a number;
anything else is passed over. `threshold` is the least score of a pair that is kept.
"""

import math
from collections.abc import Iterator

from scripts.common.errors import InputError
from scripts.data.request import Request


def load(request: Request) -> Iterator[dict]:
    """Yield the pairs; `InputError` on a file with other columns or a score that is no number."""
    columns = parse_columns(request)
    threshold = request.options.get("threshold")
    at = [columns.index(code) for code in (request.source, request.target)]
    check_file(request)
    for number, cells in read_cells(len(columns), request):
        source, target = cells[at[0]].strip(), cells[at[1]].strip()
        score = math.inf if threshold is None else parse_score(cells[columns.index("score")])
        if math.isnan(score):
            request.refuse(f"{cells[columns.index('score')]!r} is no score")
        elif threshold is not None and score < threshold:
            request.dropped[f"score below {threshold}"] += 1
        elif reason := fault(source, target):
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


def check_file(request: Request) -> None:
    """Raise `InputError` unless there is one file: languages without a common one have two."""
    if len(request.raw) != 1:
        raise InputError(
            f"{request.place}: expected one file with both {request.source} and {request.target}, "
            f"found {len(request.raw)}; pairs are published with English only"
        )


def read_cells(width: int, request: Request) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells, line by line: the files are gigabytes."""
    for number, line in request.lines():
        cells = line.split("\t")
        if len(cells) == width:
            yield number, cells
        elif number == 1:
            raise InputError(f"{request.at}: {len(cells)} columns, expected {width}")
        else:
            request.dropped["other number of columns"] += 1


def parse_score(text: str) -> float:
    """Return a score, NaN for a text that is no number."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def fault(source: str, target: str) -> str:
    """Return why a pair is of no use, '' if it is."""
    if not source or not target:
        return "empty"
    return "identical" if source == target else ""
