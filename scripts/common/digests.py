"""Digests beside what a script wrote; whoever reads it compares them first.

``.<name>.digests`` holds the size and the digest of an artefact's files, and of its `.meta.json`,
and which artefact it is: whole files of another model or benchmark would fit their own digests.
`scripts.common.command` writes it when a script has ended well, for what its options name as
outputs, and compares it when a script begins, for all else that its options name. A file that was
damaged since, by a disk or by hand, is never used: the script ends with one line.
"""

import argparse
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, shorten
from scripts.common.files import read_json, write_json
from scripts.common.provenance import meta_path

BLOCK = 1 << 24  # bytes; blocks are digested side by side, so a large file takes all cores
# What a script writes, by its option; a stem is a path without its suffix.
OUTPUTS = ("output", "records", "sources_output")
STEM = "output_stem"
NO_INPUTS = (*OUTPUTS, STEM, "log", "checkpoints")
OF = "of"
LONGEST = 1024  # characters of a text that can be a path
LONGEST_NAME = 240  # bytes of a file's name, less those of ".<name>.digests"


def digest_file(path: Path) -> str:
    """Return the digest of a file in hex: the SHA-256 of the SHA-256 of its 16 MiB blocks.

    A file that stays as it is is read once a process.
    """
    state = path.stat()
    return digest_state(path, state.st_ino, state.st_size, state.st_mtime_ns)


@cache
def digest_state(path: Path, inode: int, size: int, changed: int) -> str:
    """Return the digest of a file, known by what tells its states apart."""
    with path.open("rb") as stream:
        descriptor = stream.fileno()

        def digest(start: int) -> bytes:
            return sha256(os.pread(descriptor, BLOCK, start)).digest()

        starts = range(0, size, BLOCK)
        if len(starts) < 2:
            return sha256(b"".join(map(digest, starts))).hexdigest()
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            return sha256(b"".join(pool.map(digest, starts))).hexdigest()


def digests_path(artefact: Path) -> Path:
    """Return ``.<name>.digests`` beside an artefact, which is a file or a folder."""
    return artefact.with_name(f".{artefact.name}.digests")


def name_artefact(artefact: Path) -> str:
    """Return what tells an artefact from those beside it and of other models: folder and name.

    Results that are moved as a whole keep them.
    """
    place = artefact.absolute()
    return f"{place.parent.name}/{place.name}"


def files_of(artefact: Path) -> Iterator[Path]:
    """Yield the files of an artefact, which is one itself or a folder."""
    if artefact.is_dir():
        yield from sorted(file for file in artefact.rglob("*") if file.is_file())
    elif artefact.is_file():
        yield artefact


def write_digests(artefact: Path, written: Path | None = None) -> None:
    """Write the digests of an artefact's files beside it.

    Args:
        written: where its files are now, if they get their name only afterwards.
    """
    place = written or artefact
    found = {str(artefact.name / file.relative_to(place)): file for file in files_of(place)}
    meta = meta_path(artefact)
    found |= {meta.name: meta} if meta.is_file() else {}
    if found:
        described = {name: [f.stat().st_size, digest_file(f)] for name, f in found.items()}
        write_json(digests_path(artefact), {OF: name_artefact(artefact)} | described)


def check_digests(artefact: Path) -> None:
    """Raise `InputError` where a file of an artefact is not the one that was written.

    What has no digests, as a person's own folder, is not compared.
    """
    path = digests_path(artefact)
    if not path.is_file():
        return
    for name, (size, digest) in read_digests(path, artefact).items():
        file = artefact.parent / name
        if not file.is_file():
            raise InputError(f"{file}: missing, expected what was written with {artefact}; "
                             f"delete {artefact} and run again")  # fmt: skip
        if file.stat().st_size != size or digest_file(file) != digest:
            raise InputError(f"{file}: damaged, or changed by hand, since it was written; "
                             f"delete {artefact} and run again")  # fmt: skip


def read_digests(path: Path, artefact: Path) -> dict[str, tuple[int, str]]:
    """Return the size and the digest of each file of an artefact, as they were noted at `path`."""
    choice = f"delete it to do without, or {artefact} to make that again"
    try:
        found = read_json(path, "digests of files", {})
    except InputError as error:
        raise InputError(f"{error}; {choice}") from None
    named = found.pop(OF, name_artefact(artefact))  # those of earlier commits do not say it
    if named != name_artefact(artefact):
        raise InputError(f"{path}: found digests of {shorten(str(named))}, expected those of "
                         f"{artefact}; delete {artefact} and run again")  # fmt: skip
    for name, value in found.items():
        if not (isinstance(value, list) and list(map(type, value)) == [int, str]):
            raise InputError(f"{path}: {name}: found {value!r}, expected a size and a digest; "
                             f"{choice}")  # fmt: skip
    return {name: (size, digest) for name, (size, digest) in found.items()}


def check_inputs(options: Iterable[argparse.Namespace]) -> None:
    """Compare the digests of all that the options name as read."""
    named = (vars(option).items() for option in options)
    inputs = {
        path: None
        for pairs in named
        for name, value in pairs
        if name not in NO_INPUTS
        for path in paths_in(value)
    }
    for path in inputs:
        check_digests(path)


def paths_in(value: Any) -> Iterator[Path]:
    """Yield the paths that the value of an option holds."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, str) and "/" in value and len(value) < LONGEST:
        # The JSON of a study has slashes, too, and no file system takes so long a name.
        if all(len(step.encode()) < LONGEST_NAME for step in value.split("/")):
            yield Path(value)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from paths_in(part)


def outputs_of(options: Iterable[argparse.Namespace]) -> list[Path]:
    """Return what the options name as written: what is there of it."""
    found: list[Path] = []
    for option in options:
        values = vars(option)
        found += [values[name] for name in OUTPUTS if isinstance(values.get(name), Path)]
        stem = values.get(STEM)
        if isinstance(stem, Path):
            found += sorted(stem.parent.glob(f"{stem.name}.*"))
    return [path for path in found if not path.name.endswith(".meta.json")]


def forget_digests(options: Iterable[argparse.Namespace]) -> None:
    """Delete the digests of outputs that are about to be written again."""
    for path in outputs_of(options):
        digests_path(path).unlink(missing_ok=True)


def note_outputs(options: Iterable[argparse.Namespace]) -> None:
    """Write the digests of all that the options name as written."""
    for path in outputs_of(options):
        write_digests(path)
