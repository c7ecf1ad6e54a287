"""How a model of the Hugging Face hub is named: `hf:org/name`, or `hf:org/name@revision`.

A revision is a branch, a tag or a commit; left out it is the branch `main`. What was fetched is
told by a record under ``results/raw/``, which `scripts.convert.fetch_model` writes. Data sets are
named alike, and in part: `scripts.study.hub_data`.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from scripts.common.errors import InputError

HUB = "hf:"
MAIN = "main"
FORM = "hf:org/name or hf:org/name@revision"
REPOSITORY = r"[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?"
NAMED = re.compile(rf"hf:(?P<repository>{REPOSITORY})(?:@(?P<revision>[\w.+/-]+))?", re.ASCII)
# How a person may write one: as its page's address, in other letters, or without `hf:`.
PAGE = r"(?:https?:/+[^/]+|(?:www\.)?huggingface\.co|hf\.co)/"
NAMES = rf"{PAGE}(?P<page>{REPOSITORY})(?:/.*)?|(?:hf:)?(?P<bare>{REPOSITORY})"
WRITTEN = re.compile(NAMES, re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class HubRepository:
    """A repository of the hub at a revision; its text is how a study names it."""

    repository: str
    revision: str = MAIN
    type: ClassVar[str]  # in the hub's terms: model or dataset

    def __str__(self) -> str:
        return HUB + self.repository + ("" if self.revision == MAIN else f"@{self.revision}")


@dataclass(frozen=True)
class HubModel(HubRepository):
    """A model of the hub at a revision."""

    type: ClassVar[str] = "model"

    @property
    def raw(self) -> str:
        """Return the place of its record under ``results/raw/``."""
        return f"hf/{self.repository}@{self.revision}.json"

    @property
    def record(self) -> Path:
        """Return its record's path."""
        return Path("results/raw", self.raw)


def is_hub(source: str) -> bool:
    """Tell whether a base's `from` or the registry's `url` names a model of the hub."""
    return source.startswith(HUB)


def parse_hub(source: str) -> HubModel:
    """Parse `hf:org/name@revision`; `InputError` if it is malformed."""
    match = NAMED.fullmatch(source)
    revision = match["revision"] or MAIN if match else ""
    if not match or ".." in source or revision.startswith("/") or revision.endswith("/"):
        raise InputError(f"found {source!r}, expected {FORM}")
    return HubModel(match["repository"], revision)


def guess_hub(folder: str) -> str:
    """Return `hf:org/name` where a missing folder's name may be meant as that, else nothing."""
    match = WRITTEN.fullmatch(folder)
    name = (match["page"] or match["bare"]) if match else ""
    return HUB + name if "/" in name else ""


def hint_hub(folder: str) -> str:
    """Return what to write where a missing folder's name may be meant as one of the hub's."""
    model = guess_hub(folder)
    return f"; the hub's model of that name is written {model}" if model else ""
