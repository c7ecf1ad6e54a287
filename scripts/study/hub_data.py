"""How a data set of the Hugging Face hub is named: `hf:org/name@revision#part`.

The part is a split (`test`), a config (`en`), both (`en/test`), or the path or glob of files
(`data/*.parquet`): what has a wildcard, or ends as a file of a known form does. Without one it is
the split `train` of the default config, or the only split.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar
from urllib.parse import quote

from scripts.common.errors import InputError
from scripts.study.hub import HubRepository, guess_hub, is_hub, parse_hub

FORM = "hf:org/name, with @revision and #split, #config/split or #<path or glob>"
HOME = "https://huggingface.co/datasets/"
ENDING = ".hub.json"  # of a record, by which a raw file is known as one
NO_DIGEST = "expected neither sha256 nor mirrors: behind @ a commit tells what the files are"
WILDCARDS = "*?"
FILES = re.compile(
    r".*\.(?:json|jsonl|ndjson|csv|tsv|parquet|arrow|tmx|txt|md)(?:\.(?:gz|bz2|xz|zst))?",
    re.IGNORECASE,
)
# What a browser shows: a page, and no file.
PAGE = re.compile(
    r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/datasets/"
    r"(?P<name>[\w.-]+(?:/[\w.-]+)?)(?:/(?:tree|blob|viewer)/(?P<rest>.*))?/?"
)
PLAIN = re.compile(r"[\w.-]{1,200}(?:/[\w.-]{1,200}){0,9}", re.ASCII)


@dataclass(frozen=True)
class HubData(HubRepository):
    """A part of a data set of the hub at a revision; its text is how a study names it."""

    part: str = ""
    type: ClassVar[str] = "dataset"

    def __str__(self) -> str:
        return super().__str__() + (f"#{self.part}" if self.part else "")

    @property
    def raw(self) -> str:
        """Return the place of its record under ``results/raw/``."""
        place = f"hf/datasets/{self.repository}@{quote(self.revision, safe='')}"
        return place + (f"/{plain_name(self.part)}" if self.part else "") + ENDING

    @property
    def names_files(self) -> bool:
        """Tell whether the part is a path or a glob of files, and no config or split."""
        return any(mark in self.part for mark in WILDCARDS) or bool(FILES.fullmatch(self.part))

    @property
    def names_one_file(self) -> bool:
        """Tell whether the part is the path of a file."""
        return self.names_files and not any(mark in self.part for mark in WILDCARDS)


def plain_name(part: str) -> str:
    """Return a part as a path that needs no quotes; of others a digest tells them apart."""
    if PLAIN.fullmatch(part):
        return part
    bare = re.sub(r"[^\w.-]+", "-", part, flags=re.ASCII).strip("-.")[:60]
    return f"{bare}.{sha256(part.encode()).hexdigest()[:12]}"


def parse_hub_data(source: str) -> HubData:
    """Parse `hf:org/name@revision#part`; `InputError` if it is malformed."""
    place, mark, part = source.partition("#")
    steps = part.split("/")
    if mark and (not part.isprintable() or {"", ".", ".."} & {*steps}):
        raise InputError(f"expected {FORM}")
    try:
        found = parse_hub(place)
    except InputError:
        raise InputError(f"expected {FORM}") from None
    return HubData(found.repository, found.revision, part)


def check_page(source: str) -> None:
    """Raise `InputError` where an address is that of a data set's page, which is no data."""
    found = PAGE.fullmatch(source.partition("?")[0])
    if found:
        raise InputError(
            f"source {source!r}: a page of the hub; expected hf:{found['name']}, with @revision "
            "and #part"
        )


def hint_data(written: str) -> str:
    """Return what to write where a missing file's name may be meant as a data set of the hub's."""
    name = "" if FILES.fullmatch(written) else guess_hub(written)
    return f"; the hub's data set of that name is written {name}" if name else ""


def home_of(source: str) -> str | None:
    """Return the page of a data set of the hub; None where a source is none."""
    return HOME + parse_hub_data(source).repository if is_hub(source) else None
