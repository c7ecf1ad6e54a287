"""Finished files kept beside themselves, by the fingerprint of all that they depend on.

Snakemake deletes a job's outputs before it starts and when it fails. What took minutes of a device
lies in hidden copies as well, of which it knows nothing, so that a job that is run again for
something else's sake writes the same bytes without computing them.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from scripts.common.command import log
from scripts.common.files import atomic_path


def kept_path(path: Path) -> Path:
    """Return where the copy of a file is: a line with fingerprint and digest, then its bytes."""
    return path.with_name(f".{path.name}.kept")


def keep(paths: Sequence[Path], mark: str) -> None:
    """Keep copies of finished files; `mark` is the fingerprint, one line."""
    for path in paths:
        with atomic_path(kept_path(path)) as partial:
            content = path.read_bytes()
            partial.write_bytes(head_of(mark, content) + b"\n" + content)


def head_of(mark: str, content: bytes) -> bytes:
    """Return a copy's first line."""
    return f"{mark} {sha256(content).hexdigest()}".encode()


def restore(paths: Sequence[Path], mark: str) -> bool:
    """Write files from their copies; False, and nothing is written, if one is of another mark."""
    found = (read_kept(path, mark) for path in paths)
    contents = [content for content in found if content is not None]
    if len(contents) < len(paths):
        return False
    for path, content in zip(paths, contents, strict=True):
        with atomic_path(path) as partial:
            partial.write_bytes(content)
    log.info("%s: made before, taken from %s", paths[0], kept_path(paths[0]))
    return True


def read_kept(path: Path, mark: str) -> bytes | None:
    """Return the bytes of a file's copy, None where there is none of this mark or it is damaged."""
    copy = kept_path(path)
    head, _, content = copy.read_bytes().partition(b"\n") if copy.is_file() else (b"", b"", b"")
    return content if head == head_of(mark, content) else None
