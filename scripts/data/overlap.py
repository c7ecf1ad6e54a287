"""Which records of a corpus have something of a benchmark: the method of `filter_corpus`.

Whole strings and their parts are compared for equality (`scripts.data.equality`), and longer ones
are found inside records, changed a little or cut (`scripts.data.containment`). What is measured of
it stands in docs/cleaning.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from scripts.common.errors import InputError
from scripts.data.containment import Units, find_units, index_units
from scripts.data.equality import Wholes, find_wholes, index_wholes
from scripts.data.fold import BLOCK, fold_block, join_fields
from scripts.data.held_out import HeldOut, read_held_out
from scripts.study.kinds import WORDINGS

CHARACTERS = 1 << 18  # of records that are folded together, so that long ones take no more memory


@dataclass(frozen=True)
class Index:
    """Held-out strings, and what finds them; `units` is None where only equality counts."""

    held_out: list[HeldOut]
    wholes: Wholes
    units: Units | None


@dataclass(frozen=True)
class Found:
    """A record that has something of a benchmark: its row, the string, and how much of it.

    `share` is 1 where a field, line or sentence is the string or a part of it (`equal`).
    """

    row: int
    held_out: HeldOut
    equal: bool
    share: float


def index_benchmarks(paths: Sequence[Path], contained: bool = True) -> Index | None:
    """Return what finds the strings of benchmarks, None without any benchmark.

    Raises:
        InputError: if a benchmark has no string that can be compared.
    """
    held_out: dict[str, HeldOut] = {}
    for path in paths:
        strings = list(read_held_out(path))
        if len(fold_block(join_fields([one.text]) for one in strings).codes) == len(strings):
            raise InputError(f"{path}: no string of it can be compared, expected a benchmark")
        for one in strings:
            known = held_out.setdefault(one.text, one)
            if (known.answers or known.entry) and not (one.answers or one.entry):
                held_out[one.text] = one
    if not held_out:
        return None
    strings = list(held_out.values())
    return Index(strings, index_wholes(strings), index_units(strings) if contained else None)


def find_overlaps(index: Index, records: Sequence[Sequence[str]], joined: int = 0) -> list[Found]:
    """Return the records that have something of a benchmark, by their row, each once.

    Args:
        records: each one's fields.
        joined: how many fields each has, if its first two together are compared, too.
    """
    found: dict[int, Found] = {}
    for first, block in cut_blocks(records):
        folded = fold_block(block)
        rows, strings = find_wholes(index.wholes, folded, joined)
        for row, string in zip(rows.tolist(), strings.tolist(), strict=True):
            found.setdefault(first + row, Found(first + row, index.held_out[string], True, 1.0))
        for row, string, share in find_units(index.units, folded) if index.units else ():
            known = found.get(first + row)
            if known is None or share > known.share:
                found[first + row] = Found(first + row, index.held_out[string], False, share)
    return [found[row] for row in sorted(found)]


def cut_blocks(records: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield records that are folded together, each its fields joined, and the first one's row."""
    block: list[str] = []
    size = 0
    for row, record in enumerate(records):
        block.append(join_fields(record))
        size += len(block[-1])
        if size >= CHARACTERS or len(block) == BLOCK:
            yield row + 1 - len(block), block
            block, size = [], 0
    if block:
        yield len(records) - len(block), block


def records_of(block: pa.RecordBatch) -> list[list[str]]:
    """Return each record's strings, which a model may be trained on, those of lists one by one.

    Requests that many records share are left out: what they ask is no text of a benchmark.
    """
    records: list[list[str]] = [[] for _ in range(block.num_rows)]
    kind = pa.types
    for field, column in zip(block.schema, block.columns, strict=True):
        if field.name in ("id", *WORDINGS):
            continue
        if kind.is_string(field.type) or kind.is_large_string(field.type):
            for record, text in zip(records, column.to_pylist(), strict=True):
                record.append(text or "")
        elif kind.is_list(field.type) or kind.is_large_list(field.type):
            for record, texts in zip(records, column.to_pylist(), strict=True):
                record.extend(map(text_of, texts or ()))
    return records


def text_of(item: str | dict[str, str]) -> str:
    """Return an item of a list: a text, or what is said in a turn of a conversation."""
    return item["content"] if isinstance(item, dict) else item
