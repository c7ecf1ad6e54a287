"""Texts from one column of a corpus: ``path.parquet`` or ``path.parquet:column``.

Of conversations each turn is a text.

read_texts(["results/clean/sanguo_zh.parquet", "results/clean/django_en-zh.parquet:target"])
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow
import pyarrow.parquet

from scripts.common.command import named_values
from scripts.common.errors import InputError, nearest
from scripts.data.corpora import CONVERSATION
from scripts.data.corpus_blocks import read_groups

BATCH = 4096  # texts
TEXT = ("string", "large_string", "null")  # types of a column of texts


def split_column(item: str) -> tuple[Path, str | None]:
    """Return path and column of ``path.parquet:column``; without a column, None."""
    path, parquet, column = item.rpartition(".parquet:")
    return (Path(path + ".parquet"), column) if parquet else (Path(item), None)


def read_texts(items: Iterable[str]) -> list[str]:
    """Read the texts of all files, in order; `InputError` as from `stream_texts`."""
    return list(stream_texts(items))


def stream_texts(items: Iterable[str]) -> Iterator[str]:
    """Yield the texts of all files, in order, a few thousand of them in memory at a time.

    Raises `InputError` for a file that is missing or no Parquet, a column that is not there or
    holds no text, and a file without a column `text` of which none was named.
    """
    for item in items:
        path, column = split_column(item)
        try:
            file = pyarrow.parquet.ParquetFile(path)
        except (OSError, pyarrow.ArrowInvalid) as error:
            raise InputError(f"{path}: cannot be read as Parquet: {error}") from None
        names = file.schema_arrow.names
        if column is None and "text" not in names:
            known = ", ".join(names)
            raise InputError(f"{path}: no column 'text'; name one, as in {path.name}:{names[-1]}"
                             f" (it has {known})")  # fmt: skip
        column = column or "text"
        if column not in names:
            raise InputError(f"{path}: no column {column!r}{nearest(column, names)}")
        kind = file.schema_arrow.field(column).type
        turns = kind == CONVERSATION
        if file.metadata.num_rows and not (turns or str(kind) in TEXT):
            raise InputError(f"{path}: column {column!r} holds {kind}, expected text")
        for batch in read_groups(file, BATCH, [column]):
            found = batch[column].to_pylist()
            if turns:
                yield from (turn["content"] for messages in found for turn in messages)
            else:
                yield from (text or "" for text in found)


def parse_named(items: Iterable[str], option: str) -> dict[str, str]:
    """Read ``name=value`` items; `InputError` for one without ``=`` or a name given twice."""
    values: dict[str, str] = {}
    for item in items:
        try:
            name, value = named_values("name", "value")(item)
        except argparse.ArgumentTypeError:
            raise InputError(f"{option} {item!r}: expected name=value") from None
        if name in values:
            raise InputError(f"{option} {item!r}: {name!r} is given twice")
        values[name] = value
    return values


def parse_texts(groups: Iterable[list[str]]) -> dict[str, list[str]]:
    """Read ``--text`` options, each a language and its files, as language → files."""
    files: dict[str, list[str]] = {}
    for language, *paths in groups:
        if not paths:
            raise InputError(f"--text {language}: expected a language and its files")
        files.setdefault(language, []).extend(paths)
    return files


def add_text_option(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Add ``--text LANGUAGE FILE…`` to a command line."""
    parser.add_argument(
        "--text",
        action="append",
        nargs="+",
        required=required,
        default=None if required else [],
        metavar=("LANGUAGE", "PARQUET[:COLUMN]"),
        help="a language and its corpora (column `text` unless named); once for each language",
    )
