"""The record of what was fetched from the hub: it pins the commit of all later runs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, shorten
from scripts.common.files import read_json, sha256
from scripts.convert.hub_cache import COMMIT, snapshot_folder
from scripts.study.hub import HubModel

EXPECTED = "the record of a model fetched from the hub"
DIGEST = re.compile("[0-9a-f]{64}")
FIELDS = {"repository": str, "revision": str, "commit": str, "files": dict, "config": dict}


@dataclass(frozen=True)
class Record:
    """A repository, the revision asked for, its commit, and that commit's files.

    `files` has size (bytes) and sha256 of each by its name; `licence` is what the model's card
    says; `config` is its config.json, by which memory is planned.
    """

    repository: str
    revision: str
    commit: str
    licence: str | None
    files: Mapping[str, Mapping[str, Any]]
    config: Mapping[str, Any]

    @property
    def model(self) -> HubModel:
        return HubModel(self.repository, self.revision)

    @property
    def folder(self) -> Path:
        """Return where the client's cache keeps the files."""
        return snapshot_folder(self.model, self.commit)

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
                    f"{self.model} at {self.commit[:12]}; delete it and run again"
                )


def read_record(path: Path) -> Record:
    """Read a record; `InputError` where it is none."""
    found = read_json(path, EXPECTED, FIELDS)
    if not COMMIT.fullmatch(found["commit"]):
        raise InputError(f"{path}: commit: found {found['commit']!r}, expected 40 hex digits")
    for name, facts in found["files"].items():
        if "/" in name or not is_described(facts):
            raise InputError(
                f"{path}: files.{name}: found {shorten(repr(facts))}, expected a file's size and "
                "sha256; delete the record to fetch the model again"
            )
    names = Record.__dataclass_fields__
    return Record(**{"licence": None} | {key: found[key] for key in names if key in found})


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
