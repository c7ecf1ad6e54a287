"""Fetch one published file and check its SHA-256.

In: a URL (https, ``pypi:<name>==<version>``, ``file:<path in this repository>``,
``manual:<path>``, which is taken from where a person has put it, or ``path:<path>`` of this
machine), and other addresses of the same bytes, which are tried in turn. Out: the file, read-only;
of a folder, a folder of links. Where ``$LINGRAFT_MIRROR`` holds it, under ``<host>/<path>``
(``<host>/<path>?<query>``) or ``pypi/<name>-<version>.whl``, no network is touched. A download that
was cut off resumes where it stopped, and a second process waits for the first and takes its file;
nothing is taken for the file before its SHA-256 is right. Where no SHA-256 has been verified yet,
the one found is logged and written into ``<output>.meta.json``.

Example::

    python -m scripts.data.download --url pypi:wagtail==8.0.1 \\
        --sha256 1e6ad5c7891a54efce1400e168298b5a2cc343b642cee89c31bf5ec30c98b26c \\
        --output results/raw/pypi/wagtail-8.0.1.whl
"""

import argparse
import os
import re
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import ROOT, exclusive, read_json, remove, sha256
from scripts.common.provenance import Stopwatch, write_meta
from scripts.data.download_wheel import download_wheel
from scripts.data.fetch import fetch
from scripts.data.manual import find_manual, link_folder
from scripts.data.partial import Partial
from scripts.data.space import DiskError, check_space, on_disk
from scripts.study.sources import Source, parse_source


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.download", __doc__)
    parser.add_argument(
        "--url", required=True, help="https://…, pypi:name==version, or file:, manual: or path:…"
    )
    parser.add_argument(
        "--mirror", action="append", default=[], help="another address of the same bytes"
    )
    parser.add_argument("--run", type=Path, help="results/run.json, which has mirrors, too")
    parser.add_argument("--sha256", help="in hex; left out where nobody could verify it yet")
    parser.add_argument("--home", default="", help="where a person gets what is manual:…")
    parser.add_argument("--output", required=True, type=Path, help="file or folder to write")
    return parser


def alone(arguments: argparse.Namespace) -> AbstractContextManager[None]:
    """Hold the lock of the output: two processes would append to one partial file."""
    output = arguments.output
    return exclusive(output.with_name(f".{output.name}.lock"))


def main(arguments: argparse.Namespace) -> None:
    """Get the file or folder, checked."""
    watch = Stopwatch()
    sources = [parse_source(url) for url in (arguments.url, *mirrors_in(arguments))]
    expected, output = (arguments.sha256 or "").lower(), arguments.output
    if expected and not re.fullmatch("[0-9a-f]{64}", expected):
        raise InputError(f"--sha256 {arguments.sha256!r}: expected 64 hex digits")
    if sources[0].is_folder:
        found = take_folder(sources[0], arguments, expected)
    else:
        found = take_file(sources, arguments, expected)
    if not expected:
        # Which bytes came is in the log and beside the file where the registry cannot tell.
        log.warning("%s: no SHA-256 to check it against, found %s", arguments.url, found)
        write_meta(output, {"url": arguments.url, "sha256": found}, [], watch.seconds)


def mirrors_in(arguments: argparse.Namespace) -> list[str]:
    """Return the other addresses: of the command line, and of the workflow's file."""
    if not arguments.run:
        return list(arguments.mirror)
    facts = read_json(arguments.run, "what the workflow writes when it starts its jobs", {})
    return [*arguments.mirror, *facts.get("mirrors", {}).get(arguments.url, [])]


def take_folder(source: Source, arguments: argparse.Namespace, expected: str) -> str:
    """Link the files of a folder that was got by hand; return the folder's SHA-256."""
    own = source.kind == "path"
    folder = Path(source.location) if own else find_manual(source, arguments.home)
    found = check_digest(arguments.url, folder, expected)
    link_folder(folder, arguments.output)
    return found


def take_file(sources: list[Source], arguments: argparse.Namespace, expected: str) -> str:
    """Get the file from the first source that has it; return its SHA-256."""
    output = arguments.output
    if expected and output.is_file() and sha256(output) == expected:
        log.info("%s: is there already", output)
        return expected
    output.parent.mkdir(parents=True, exist_ok=True)
    partial, errors = Partial.of(output), []
    for source in sorted(sources, key=lambda source: in_mirror(source) is None):
        try:
            found = get_checked(source, partial, arguments.home, expected)
            break
        except DiskError:
            raise
        except InputError as error:
            errors.append(str(error))
            if len(sources) > 1:
                log.info("%s", error)
    else:
        told = f"none of {len(errors)} addresses has the file: " if len(errors) > 1 else ""
        raise InputError(told + "; ".join(errors))
    publish(partial, output)
    return found


def publish(partial: Partial, output: Path) -> None:
    """Make the partial file the one that is asked for."""
    partial.path.chmod(0o444)
    os.replace(partial.path, output)
    partial.remove()
    log.info("%s: %d bytes", output, output.stat().st_size)


def get_checked(source: Source, partial: Partial, home: str, expected: str) -> str:
    """Write a source's bytes to `partial`; return their SHA-256, which is the expected one."""
    unsure = get_file(source, partial, home, bool(expected))
    if unsure and expected and sha256(partial.path) != expected:
        log.info("%s: what came in parts is another file; starting again", source.url)
        partial.remove()
        get_file(source, partial, home, True)
    try:
        return check_digest(source.url, partial.path, expected)
    except InputError:
        partial.remove()
        raise


def check_digest(url: str, path: Path, expected: str) -> str:
    """Return the SHA-256 of a file or folder; `InputError` if another was expected."""
    found = sha256(path)
    if expected and found != expected:
        raise InputError(f"{url}: SHA-256 is {found}, expected {expected}")
    return found


def get_file(source: Source, partial: Partial, home: str, checked: bool) -> bool:
    """Write the source's bytes to `partial`; return whether another attempt may bring others."""
    local = local_copy(source, home)
    if source.kind == "https" and local is None:
        return fetch(source.location, partial, checked)
    partial.remove()
    if local is None:
        download_wheel(source.location, partial.path)
    else:
        copy_file(local, partial, source.address)
    return False


def copy_file(local: Path, partial: Partial, what: str) -> None:
    """Copy a file that is on this machine."""
    log.info("%s: copied from %s", what, local)
    check_space(partial.path.parent, local.stat().st_size, what)
    try:
        with on_disk(what, f"could not be copied from {local}"):
            shutil.copyfile(local, partial.path)
    except InputError:
        remove(partial.path)
        raise


def local_copy(source: Source, home: str) -> Path | None:
    """Return the file in the repository or in the mirror, None where the network has it."""
    if source.kind == "manual":
        return find_manual(source, home)
    if source.kind in ("file", "path"):
        path = ROOT / source.location if source.kind == "file" else Path(source.location)
        if not path.is_file():
            where = " in the repository" if source.kind == "file" else ""
            raise InputError(f"{source.address}: no such file{where}")
        return path
    return in_mirror(source)


def in_mirror(source: Source) -> Path | None:
    """Return the file of the mirror, None where it has none or there is no mirror."""
    mirror = os.environ.get("LINGRAFT_MIRROR")
    if not mirror or source.kind in ("manual", "path"):
        return None
    places = (os.path.join(mirror, place) for place in source.mirrored)
    return next((Path(place) for place in places if os.path.isfile(place)), None)


if __name__ == "__main__":
    run(main, parser(), alone)
