"""Streaming a file from a web server, resuming where an earlier attempt stopped."""

import time
from pathlib import Path

import requests

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.progress import Progress

ATTEMPTS = 5  # without a byte gained
DELAY = 1.0  # seconds before the second attempt; doubles from one to the next
TIMEOUT = 30  # seconds without a byte
BLOCK = 1 << 16


def fetch(url: str, partial: Path) -> bool:
    """Write a URL's bytes to `partial`, appending to what is there; return whether it did append.

    A broken connection, 429 and 5xx are tried again; `InputError` on any other answer, or when
    five attempts in a row brought nothing. What has come stays in `partial` for the next time.
    """
    resumed = size(partial) > 0
    failures = 0
    while True:
        before = size(partial)
        try:
            read_response(url, partial)
            return resumed
        except requests.RequestException as error:
            failures = 1 if size(partial) > before else failures + 1
            if failures >= ATTEMPTS:
                raise InputError(f"{url}: gave up after {ATTEMPTS} attempts: {error}") from error
            log.info("%s: %s; trying again", url, error)
            time.sleep(DELAY * 2 ** (failures - 1))


def size(path: Path) -> int:
    """Return a file's size in bytes, 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def read_response(url: str, partial: Path) -> None:
    """Ask for what is missing and append it; start again where the server cannot do that."""
    done = size(partial)
    # Compressed in transit, byte positions would not be those of the file.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        if done and response.status_code == 416:
            return  # nothing is missing; whether it is the right file the SHA-256 will tell
        if response.status_code == 429 or response.status_code >= 500:
            raise requests.HTTPError(f"answer {response.status_code} {response.reason}")
        if response.status_code not in (200, 206):
            raise InputError(f"{url}: answer {response.status_code} {response.reason}")
        if response.status_code == 200:
            done = 0  # the server knows no ranges, or the file has changed
        elif not response.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            partial.unlink()
            raise requests.ConnectionError("answered with another range than was asked for")
        write_body(response, partial, done)


def write_body(response: requests.Response, partial: Path, done: int) -> None:
    """Append the body to `partial` from byte `done` on, under a progress bar."""
    total = done + int(response.headers.get("Content-Length", 0))
    progress = Progress(total, partial.name.strip(".").removesuffix(".partial"), "B", done)
    try:
        with partial.open("ab" if done else "wb") as stream:
            for block in response.iter_content(BLOCK):
                stream.write(block)
                progress.update(len(block))
    finally:
        progress.close()
    if size(partial) < total:
        raise requests.ConnectionError(f"{size(partial)} of {total} bytes came")
