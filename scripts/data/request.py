"""What `build_corpus` asks of a loader, and how a loader reads its files.

Whatever is read goes through `Request`: files of folders and members of archives, compressed or
not, texts of one encoding, and each line with its place, which messages name.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.texts import MARK, decode_text
from scripts.data.archives import read_members
from scripts.data.compressed import BROKEN
from scripts.data.hub_record import is_record, record_files
from scripts.data.raw_file import Place, RawFile, split_lines
from scripts.data.shards import Shard

T = TypeVar("T")
OnBadRecord = Literal["fail", "skip"]
SKIPPED = "bad record, skipped"
SHOWN = 5  # bad records that the log names


@dataclass(frozen=True)
class Request:
    """The files and languages of one corpus.

    `raw` (files, folders or records of the hub) and `members` (globs inside a wheel or archive)
    hold one item for all languages, or one for the source language and one for the target's.
    `letters` are character classes by language. Of a `shard` a table's loader reads some of the
    files, and counts in `read` the rows that it has gone through.
    A loader counts what it leaves out, and why, in `dropped`, and records of which it leaves out
    a part in `shortened`; `at` is where it is, `kind` what it is asked for.
    """

    raw: list[Path]
    languages: list[str]
    members: list[str] = field(default_factory=list)
    letters: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    shortened: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    shard: Shard | None = None
    on_bad_record: OnBadRecord = "fail"
    kind: str = "text"
    at: Place = field(default_factory=Place)

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

    @property
    def encoding(self) -> str:
        """Return the encoding that the option `encoding` names, UTF-8 without one."""
        name = str(self.options.get("encoding", "utf-8"))
        try:
            "".encode(name)
        except LookupError:
            raise InputError(f"{self.place}: no encoding {name!r}, expected as gb18030") from None
        return name

    def option(self, name: str) -> Any:
        """Return a loader's option; `InputError` if it is missing."""
        if name not in self.options:
            raise InputError(f"{self.place}: the loader needs the option {name!r}")
        return self.options[name]

    def refuse(self, problem: str) -> None:
        """Count a record that is not what it should be, or raise `InputError` with its place."""
        message = f"{self.at}: {problem}" if self.at.file else problem
        if self.on_bad_record == "fail":
            raise InputError(message)
        self.dropped[SKIPPED] += 1
        if self.dropped[SKIPPED] <= SHOWN:
            log.warning("%s; skipped", message)

    def lines(self, wanted: Callable[[RawFile], bool] | None = None) -> Iterator[tuple[int, str]]:
        """Yield number, from 1, and text of each line of each file; only a newline ends one.

        Files are read line by line: they may be gigabytes. A line of another encoding is refused.

        Args:
            wanted: tells of a file whether it is read; None: all are.
        """
        for file in filter(wanted, self.raw_files()) if wanted else self.raw_files():
            yield from self.file_lines(file)

    def file_lines(self, file: RawFile) -> Iterator[tuple[int, str]]:
        """Yield number and text of each line of one file, as `lines` does."""
        encoding = self.encoding
        self.at.enter(file.name, "line")
        if "\n".encode(encoding) == b"\n":
            yield from self.stream_lines(file, encoding)
            return
        # A byte of UTF-16 may look like a newline.
        for number, line in enumerate(split_lines(self.decode(file.name, file.read())), 1):
            self.at.number = number
            yield number, line

    def stream_lines(self, file: RawFile, encoding: str) -> Iterator[tuple[int, str]]:
        """Yield the lines of one file."""
        at = self.at
        try:
            with file.open() as stream:
                for number, line in enumerate(stream, 1):
                    at.number = number
                    try:
                        text = line.decode(encoding)
                    except UnicodeDecodeError as error:
                        place, found = file.offset(number) + error.start, line[error.start]
                        self.refuse(f"byte {place} is 0x{found:02x}, expected {tell(encoding)}")
                        continue
                    if number == 1:
                        text = text.removeprefix(MARK)
                    yield number, text.removesuffix("\n")
        except BROKEN as error:
            raise InputError(f"{file.name}: not readable: {error}") from error

    def texts(self, language: str | None = None) -> Iterator[tuple[str, str]]:
        """Yield name and text of each file, or of those of one language."""
        for name, content in self.contents(language):
            yield name, self.decode(name, content)

    def decode(self, name: str, content: bytes, declared: str | None = None) -> str:
        """Return a file's text; `declared` is the encoding that the file itself names."""
        encoding = self.encoding if "encoding" in self.options else declared or self.encoding
        return decode_text(content, name, tell(encoding), encoding)

    def contents(self, language: str | None = None) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of each file, or of those of one language."""
        for file in self.raw_files(language):
            self.at.enter(file.name)
            yield file.name, file.read()

    def raw_files(self, language: str | None = None) -> Iterator[RawFile]:
        """Yield each file, those of a folder and members of an archive in order of name."""
        if not self.members:
            for name, path in self.files(language):
                yield RawFile(name, path)
        for pattern in self.of(self.members, language):
            for path in self.of(self.raw, language):
                for name, content in read_members(path, pattern):
                    yield RawFile(name, content, path.stat().st_size)

    def files(self, language: str | None = None) -> Iterator[tuple[str, Path]]:
        """Yield name and path of each file; hidden ones of a folder are not data.

        Snakemake writes one into every folder, desktops do, too. A record of the hub stands for its
        files.
        """
        for path in self.of(self.raw, language):
            if is_record(path):
                yield from record_files(path)
                continue
            if not path.is_dir():
                yield path.name, path
                continue
            for file in sorted(path.rglob("*")):
                inside = file.relative_to(path)
                if file.is_file() and not any(part.startswith(".") for part in inside.parts):
                    yield f"{path.name}/{inside}", file

    def of(self, items: list[T], language: str | None) -> list[T]:
        """Return a language's share of `items`: all of them where they are not by language."""
        if language is None or len(items) < 2:
            return items
        if len(items) != len(self.languages):
            raise InputError(f"{self.place}: expected one file or one for each language")
        return [items[self.languages.index(language)]]

    def check_apart(self) -> None:
        """Raise `InputError` where both languages are read from the same file."""
        places = [(self.of(self.raw, code), self.of(self.members, code)) for code in self.languages]
        if len(places) > 1 and places[0] == places[1]:
            raise InputError(
                f"{self.place}: one file for both {self.source} and {self.target}, expected two"
            )


def tell(encoding: str) -> str:
    """Return an encoding in words, with how to name another."""
    return f"{encoding.upper()} (the option 'encoding' names another, as gb18030)"
