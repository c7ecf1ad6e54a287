"""The record of a part of a data set that was fetched from the hub: what a corpus is read from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import Fields
from scripts.hub.record import Record, fetch_again, parse_record
from scripts.study.hub_data import ENDING, HubData

EXPECTED = "the record of a data set fetched from the hub"
NAME = (str, type(None))
MORE: Fields = {"part": str, "config": NAME, "split": NAME, "options": dict}


@dataclass(frozen=True)
class DataRecord(Record):
    """The files of a part, in the order in which they are read.

    `config` and `split` are None where the part names files; `options` are those of the loader
    that the data set's own settings ask for.
    """

    part: str
    config: str | None
    split: str | None
    options: Mapping[str, Any]

    @property
    def source(self) -> HubData:
        return HubData(self.repository, self.revision, self.part)


def is_record(path: Path) -> bool:
    """Tell whether a raw file is a record, which stands for the files that it names."""
    return path.name.endswith(ENDING)


def read_record(path: Path) -> DataRecord:
    """Read a record; `InputError` where it is none."""
    return parse_record(DataRecord, path, EXPECTED, MORE)


@cache
def open_record(path: Path) -> DataRecord:
    """Read a record whose files are all there, as they were fetched; once a process.

    What the cache has lost is fetched again, at the record's commit.
    """
    record = read_record(path)
    fetch_again(record)
    return record


def record_files(path: Path) -> Iterable[tuple[str, Path]]:
    """Return name, for messages, and path of each file that a record names."""
    record = open_record(path)
    return [(f"{record.repository}/{name}", record.folder / name) for name in record.files]


def record_options(paths: Iterable[Path], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the loader's options: a study's own, and those that records among its files ask for.

    Raises:
        InputError: if the records of two languages ask for different ones.
    """
    asked = [read_record(path).options for path in paths if is_record(path)]
    if any(options != asked[0] for options in asked) and not own:
        raise InputError(
            f"{' and '.join(map(str, paths))}: files of different forms; expected the options of "
            "both in the study"
        )
    return {**(asked[0] if asked else {}), **own}


def describe_records(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Return which commit, config and split each record among raw files is of."""
    names = ("repository", "revision", "commit", "config", "split")
    records = {str(path): read_record(path) for path in paths if is_record(path)}
    return {path: {name: getattr(one, name) for name in names} for path, one in records.items()}
