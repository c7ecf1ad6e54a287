"""The record of what was fetched from the hub: it pins the commit of all later runs.

The files themselves are in the cache of the hub's client.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from scripts.common.errors import InputError, shorten
from scripts.common.files import Fields, read_json, sha256
from scripts.hub.cache import COMMIT, snapshot_folder
from scripts.study.hub import HubRepository
from scripts.study.sources import is_relative

DIGEST = re.compile("[0-9a-f]{64}")
FIELDS: Fields = {"repository": str, "revision": str, "commit": str, "files": dict}


@dataclass(frozen=True)
class Record:
    """A repository, the revision asked for, its commit, and that commit's files.

    `files` has size (bytes) and sha256 of each by its name; `licence` is what the card says.
    """

    repository: str
    revision: str
    commit: str
    licence: str | None
    files: Mapping[str, Mapping[str, Any]]

    @property
    def source(self) -> HubRepository:
        """Return what was asked for."""
        raise NotImplementedError

    @property
    def folder(self) -> Path:
        """Return where the client's cache keeps the files."""
        return snapshot_folder(self.source, self.commit)

    def missing(self) -> list[str]:
        """Return the files that the cache has lost."""
        return [name for name in self.files if not (self.folder / name).is_file()]

    def check(self) -> None:
        """Raise `InputError` where a file in the cache is no longer what was fetched."""
        for name, facts in self.files.items():
            file = self.folder / name
            same = file.stat().st_size == facts["size"] and sha256(file) == facts["sha256"]
            if not same:
                raise InputError(
                    f"{file.resolve()}: damaged, its SHA-256 is not the {facts['sha256'][:12]}… of "
                    f"{self.source} at {self.commit[:12]}; delete it and run again"
                )


R = TypeVar("R", bound=Record)


def fetch_again(record: Record) -> None:
    """Fetch what the cache has lost of the commit that a record names; check all of it."""
    missing = record.missing()
    if missing:
        # Imported here: it takes half a second, and mostly all is there.
        from scripts.hub.client import fetch_file

        for name in missing:
            fetch_file(record.source, record.commit, name)
    record.check()


def parse_record(kind: type[R], path: Path, expected: str, more: Fields) -> R:
    """Read the record of a model or a data set; `InputError` where it is none.

    Args:
        kind: the record's class.
        path: its file.
        expected: what it is, for messages.
        more: what it has beside the fields of every record.
    """
    found = read_json(path, expected, {**FIELDS, **more})
    if not COMMIT.fullmatch(found["commit"]):
        raise InputError(f"{path}: commit: found {found['commit']!r}, expected 40 hex digits")
    for name, facts in found["files"].items():
        if not (is_relative(name) and is_described(facts)):
            raise InputError(
                f"{path}: files.{name}: found {shorten(repr(facts))}, expected a file's size and "
                "sha256; delete the record to fetch all of it again"
            )
    names = {field.name for field in fields(kind)}
    return kind(**{"licence": None} | {key: found[key] for key in found if key in names})


def is_described(facts: Any) -> bool:
    """Tell whether a record's entry is that of a file."""
    if not isinstance(facts, dict):
        return False
    return type(facts.get("size")) is int and bool(DIGEST.fullmatch(str(facts.get("sha256"))))


def describe_file(file: Path) -> dict[str, Any]:
    """Return what a record says of a file; `InputError` where it is not what the hub has.

    The cache names large files by their SHA-256 on the hub.
    """
    found, blob = sha256(file), file.resolve()
    if DIGEST.fullmatch(blob.name) and found != blob.name:
        raise InputError(f"{blob}: damaged, its SHA-256 is {found}; delete it and run again")
    return {"size": file.stat().st_size, "sha256": found}
