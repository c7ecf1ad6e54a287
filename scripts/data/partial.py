"""A file that has come in part, and what tells whether the rest is still of the same file.

``.<name>.partial`` holds the bytes, ``.<name>.partial.json`` the address they came from and the
validator that its server gave: a strong ETag, or the time of the last change.
"""

import json
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from requests.structures import CaseInsensitiveDict

from scripts.common.files import remove, write_json

Headers = CaseInsensitiveDict[str]


@dataclass(frozen=True)
class Partial:
    """The bytes that have come of a file, at `path`."""

    path: Path

    @classmethod
    def of(cls, output: Path) -> "Partial":
        """Return the partial of a file that is to be written."""
        return cls(output.with_name(f".{output.name}.partial"))

    @property
    def name(self) -> str:
        """Return the name of the file that it becomes."""
        return self.path.name.removeprefix(".").removesuffix(".partial")

    @property
    def facts(self) -> Path:
        """Return the file that says where it came from."""
        return self.path.with_name(f"{self.path.name}.json")

    @property
    def size(self) -> int:
        """Return how many bytes are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def validator(self, url: str) -> str:
        """Return what the server said of the bytes, '' where it said nothing, or it was another."""
        try:
            facts: Any = json.loads(self.facts.read_text(encoding="utf-8"))
            return str(facts["validator"]) if facts["url"] == url else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def begin(self, url: str, headers: Headers) -> None:
        """Delete what is there, and note whose bytes come next."""
        self.remove()
        validator = validator_in(headers)
        if validator:
            write_json(self.facts, {"url": url, "validator": validator})

    def remove(self) -> None:
        """Delete the bytes and what is known of them."""
        remove(self.path)
        remove(self.facts)


def validator_in(headers: Headers) -> str:
    """Return the validator of an answer that `If-Range` may name, '' where it has none.

    A weak ETag says nothing of single bytes, nor does a time of change within the second before
    the answer (RFC 9110, sections 8.8.2.2 and 13.1.5).
    """
    tag = headers.get("ETag", "").strip()
    if tag.startswith('"') and tag.endswith('"') and len(tag) > 1:
        return tag
    changed, now = headers.get("Last-Modified", ""), headers.get("Date", "")
    try:
        seconds = (parsedate_to_datetime(now) - parsedate_to_datetime(changed)).total_seconds()
    except (ValueError, TypeError):
        return ""
    return changed if seconds >= 1 else ""
