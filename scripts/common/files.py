"""Reading and writing files so that a partial one is never taken for a complete one."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary sibling of `path` and rename it to `path` once the block has succeeded.

    The block may make the sibling a file or a folder. What was at `path` is replaced, but a folder
    only by a folder: `InputError` where a file would take the place of one. The
    sibling carries the process's number: a job that outlived its killed workflow and the job that
    was started again never write to the same one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for stale in path.parent.glob(f".{escape(path.name)}.*.partial"):
        # `.a.b.7.partial` is of `a.b`, which another job may be writing beside this one's `a`.
        if stale.name.removeprefix(f".{path.name}.").removesuffix(".partial").isdecimal():
            remove(stale)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        if path.is_dir() and not path.is_symlink():
            if not partial.is_dir():
                raise InputError(f"{path}: found a folder, expected the path of a file")
            remove(path)
        os.replace(partial, path)
    finally:
        remove(partial)


@contextmanager
def exclusive(path: str | Path) -> Iterator[None]:
    """Hold a lock on a lock file as long as the block runs; wait for whoever holds it now.

    The kernel frees the lock however the process ends, so no stale one is ever left.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


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


def read_jsonl(path: str | Path) -> list[dict[str, Any]]:
    """Read a JSON-lines file."""
    with Path(path).open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if line.strip()]


def read_records(path: Path, expected: str) -> list[dict[str, Any]]:
    """Read JSON lines that `expected` names; `InputError` if missing, malformed or empty."""
    if not path.is_file():
        raise InputError(f"{path}: no such file, expected {expected}")
    try:
        records = read_jsonl(path)
    except ValueError as error:
        raise InputError(f"{path}: not JSON lines: {error}") from None
    if not records:
        raise InputError(f"{path}: empty, expected {expected}")
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise InputError(f"{path}:{number}: found no JSON object, expected {expected}")
    return records


def write_jsonl(path: str | Path, records: Iterable[dict[str, Any]]) -> None:
    """Write records as JSON lines, atomically."""
    with atomic_path(path) as partial, partial.open("w", encoding="utf-8") as stream:
        for record in records:
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")


def read_json(path: str | Path) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def read_required(path: Path, expected: str) -> Any:
    """Read a JSON file that `expected` names; `InputError` if it is missing or malformed."""
    try:
        return read_json(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}, expected {expected}") from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error}), expected {expected}") from None


def write_json(path: str | Path, value: Any) -> None:
    """Write a value as indented JSON, atomically."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_text(path: str | Path, text: str) -> None:
    """Write a text file, atomically."""
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")
