"""Reading and writing files so that a partial one is never taken for a complete one."""

import fcntl
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import IO, Any

from scripts.common import limits
from scripts.common.bounded_json import load_json
from scripts.common.errors import InputError, shorten
from scripts.common.folders import check_replaceable
from scripts.common.texts import HALF, decode_text, has_half_character

log = logging.getLogger("lingraft")
ROOT = Path(__file__).resolve().parents[2]
Kind = type | tuple[type, ...]
Fields = Mapping[str, Kind]  # what a JSON object must have: keys, and the types of their values
NUMBER = (int, float)
OPTIONAL = (int, float, type(None))
TYPES = {
    str: "a text", float: "a number", int: "a whole number", list: "a list", dict: "a mapping",
    type(None): "null",
}  # fmt: skip


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary sibling of `path` and rename it to `path` once the block has succeeded.

    The block may make the sibling a file or a folder. What was at `path` is replaced, but a folder
    only by a folder, and only one that lingraft wrote: else `InputError`, before the block runs
    where that is known. The sibling carries the process's number: a job that outlived its killed
    workflow and the job that was started again never write to the same one.
    """
    path = Path(path)
    check_replaceable(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for stale in path.parent.glob(f".{escape(path.name)}.*.partial"):
        # `.a.b.7.partial` is of `a.b`, which another job may be writing beside this one's `a`.
        if stale.name.removeprefix(f".{path.name}.").removesuffix(".partial").isdecimal():
            remove(stale)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        if partial.is_dir():
            open_files(partial)
        if path.is_dir() and not path.is_symlink():
            if not partial.is_dir():
                raise InputError(f"{path}: found a folder, expected the path of a file")
            remove(path)
        os.replace(partial, path)
    finally:
        remove(partial)


def open_files(folder: Path) -> None:
    """Let a folder's files be read by whom the folder may be read by; some libraries write 0600."""
    readers = folder.stat().st_mode & 0o444
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink() and readers & ~file.stat().st_mode:
            file.chmod(file.stat().st_mode & 0o7777 | readers)


@contextmanager
def exclusive(path: str | Path) -> Iterator[None]:
    """Hold a lock on a lock file as long as the block runs; wait for whoever holds it now.

    The kernel frees the lock however the process ends, so no stale one is ever left. The file is
    deleted at the end of the block.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("w") as stream:
            lock(stream, path)
            if not is_at(stream, path):
                continue  # who held the lock has deleted the file: another process locks a new one
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return


def lock(stream: IO[str], path: Path) -> None:
    """Lock an open file; say so where another process has to be waited for.

    `InputError` where the file system cannot, as some of networks.
    """
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.info("%s: another process holds it; waiting", path)
        fcntl.flock(stream, fcntl.LOCK_EX)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise InputError(
            f"{path}: its file system has no locks ({error.strerror}), expected one with flock"
        ) from error


def is_at(stream: IO[str], path: Path) -> bool:
    """Tell whether an open file is still the one at `path`."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


def remove(path: Path) -> None:
    """Delete a file or a folder if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file, or of a folder's relative names and contents, in hex."""
    path = Path(path)
    if path.is_dir():
        digest = hashlib.sha256()
        for file in sorted(item for item in path.rglob("*") if item.is_file()):
            digest.update(f"{file.relative_to(path)}\0{sha256(file)}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_text(path: str | Path, expected: str) -> str:
    """Read a UTF-8 text that `expected` names; `InputError` if it is missing or no text.

    A byte-order mark is left out; ``\\r\\n`` stays as it is.
    """
    return decode_text(read_bytes(path, expected), str(path), f"{expected}, in UTF-8")


def read_bytes(path: str | Path, expected: str, most: int | None = None) -> bytes:
    """Read a file that `expected` names; `InputError` if it is missing, or has too many bytes."""
    try:
        with Path(path).open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if most is not None and size > most:
                raise InputError(
                    f"{path}: has {size:,} bytes, expected {expected} of at most {most:,}"
                )
            return stream.read()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}, expected {expected}") from None


def read_json(path: str | Path, expected: str = "a JSON file", fields: Fields | None = None) -> Any:
    """Read JSON that `expected` names; `InputError` if it is missing, malformed or incomplete.

    So it is beyond the limits of size and nesting (`scripts.common.limits`).

    Args:
        fields: the keys that it must have, with the types of their values; None: anything goes.
    """
    content = read_bytes(path, expected, limits.JSON_BYTES)
    text = decode_text(content, str(path), f"{expected}, in UTF-8")
    return parse_json(text, str(path), expected, fields)


def read_jsonl(
    path: str | Path, expected: str = "JSON lines", fields: Fields | None = None
) -> list[dict[str, Any]]:
    """Read JSON lines, an object each; `InputError` names the line that is none or incomplete.

    Args:
        fields: the keys that every object must have, with the types of their values.
    """
    lines = read_text(path, expected).split("\n")  # a text may hold other ends of lines
    return [
        parse_json(line, f"{path}:{number}", expected, fields or {})
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def read_records(
    path: str | Path, expected: str, fields: Fields | None = None
) -> list[dict[str, Any]]:
    """Read JSON lines as `read_jsonl` does; `InputError` where there are none, too."""
    records = read_jsonl(path, expected, fields)
    if not records:
        raise InputError(f"{path}: empty, expected {expected}")
    return records


def parse_json(text: str, place: str, expected: str, fields: Fields | None = None) -> Any:
    """Parse JSON; `InputError` names `place`, what was found there and what was expected."""
    try:
        value = load_json(text)
    except ValueError as error:
        raise InputError(f"{place}: not JSON ({error}), expected {expected}") from None
    if HALF.search(text) and has_half_character(value):
        raise InputError(f"{place}: found a lone surrogate, half a character, expected {expected}")
    if fields is not None:
        check_fields(value, fields, place, expected)
    return value


def check_fields(value: Any, fields: Fields, place: str, expected: str) -> None:
    """Raise `InputError` unless a value is a JSON object with these keys and types of values."""
    if not isinstance(value, dict):
        raise InputError(f"{place}: found no JSON object, expected {expected}")
    for name, kind in fields.items():
        if name not in value:
            raise InputError(f"{place}: no key {name!r}, expected {expected}")
        if not isinstance(value[name], kind):
            found = shorten(repr(value[name]))
            raise InputError(f"{place}: {name}: found {found}, expected {name_kind(kind)}")


def name_kind(kind: Kind) -> str:
    """Return types as words, such as ``a number or null``."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(TYPES[one] for one in kinds if not (one is int and float in kinds))


def write_jsonl(path: str | Path, records: Iterable[dict[str, Any]]) -> int:
    """Write records as JSON lines, atomically; return how many."""
    count = 0
    with atomic_path(path) as partial, partial.open("w", encoding="utf-8") as stream:
        for record in records:
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count


def write_json(path: str | Path, value: Any) -> None:
    """Write a value as indented JSON, atomically."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_text(path: str | Path, text: str) -> None:
    """Write a text file, atomically."""
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_changed(path: str | Path, text: str) -> None:
    """Write a text file, atomically, unless it has this text already: its time stays."""
    path = Path(path)
    if not path.is_file() or path.read_bytes() != text.encode():
        write_text(path, text)
