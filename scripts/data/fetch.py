"""Getting a file from a web server, resuming where an earlier attempt stopped."""

import re
import time
from dataclasses import dataclass
from io import FileIO

from scripts.common import limits
from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.progress import Progress
from scripts.data.partial import Headers, Partial, validator_in
from scripts.data.space import DiskError, check_space, on_disk, spare_space
from scripts.data.stream import Broken, Head, Stream

# Numbers of thousands of digits are no sizes, and Python refuses to read them.
SIZE = r"[0-9]{1,18}"
PART = re.compile(rf"bytes (?P<first>{SIZE})-(?P<last>{SIZE})/(?P<total>{SIZE}|\*)")
BEYOND = re.compile(rf"bytes \*/(?P<total>{SIZE})")
PASSING = (408, 425, 429)  # answers that another attempt may change, as those from 500 on


@dataclass(frozen=True)
class Body:
    """What an answer brings: the bytes from `first` on, of a file of `total` (None: not told).

    `ends` tells whether its end can be told from a connection that was cut.
    """

    first: int
    total: int | None
    ends: bool


def fetch(url: str, partial: Partial, checked: bool) -> bool:
    """Complete `partial` with a URL's bytes; return whether another attempt may bring others.

    That is so where parts of several answers were joined, or where a server told no end. A broken
    or slow connection, 429 and 5xx are tried again. What has come stays in `partial` for the next
    time; it is continued where a validator, or afterwards the SHA-256, tells that it is of the
    same file.

    Args:
        checked: whether the file's SHA-256 is known, and is compared afterwards.

    Raises:
        InputError: on any other answer, or when so many attempts in a row brought next to nothing.
        DiskError: if the disk cannot hold the file.
    """
    failures = 0
    while True:
        before, began = partial.size, time.monotonic()
        if failures:
            time.sleep(limits.FIRST_PAUSE * 2 ** (failures - 1))
        try:
            return read_answer(url, partial, checked)
        except Broken as error:
            gained, seconds = partial.size - before, time.monotonic() - began
            # A byte at each attempt is no gain.
            failures = failures + 1 if gained < limits.SLOWEST * seconds or gained <= 0 else 1
            if failures >= limits.FETCH_ATTEMPTS:
                raise InputError(f"{url}: gave up after {failures} attempts: {error}") from error
            log.info("%s: %s; trying again", url, error)


def read_answer(url: str, partial: Partial, checked: bool) -> bool:
    """Ask for what is missing and append it; start again where the server cannot do that."""
    validator = partial.validator(url)
    if not (validator or checked):
        partial.remove()  # nothing could tell whether the rest is of the same file
    done = partial.size
    # Compressed in transit, byte positions would not be those of the file.
    headers = {"Accept-Encoding": "identity"}
    if done:
        headers |= {"Range": f"bytes={done}-"} | ({"If-Range": validator} if validator else {})
    answer = Stream(url, headers)
    try:
        body = read_head(url, answer.head, partial, done, validator)
        if body is None:
            return True
        check_body(url, body, partial, checked)
        if not body.first:
            with on_disk(url, "nothing is kept"):
                partial.begin(url, answer.head.headers)
        write_body(url, answer, body, partial)
    finally:
        answer.close()
    return body.first > 0 or not body.ends


def read_head(url: str, head: Head, partial: Partial, done: int, validator: str) -> Body | None:
    """Return what an answer brings, None where nothing is missing.

    Raises:
        Broken: if another attempt may be answered otherwise; `partial` is gone where it is of
            another file.
        InputError: on an answer that will stay as it is.
    """
    answered, headers = f"answer {head.status} {head.reason}".strip(), head.headers
    if done and head.status == 416:
        beyond = BEYOND.fullmatch(headers.get("Content-Range", ""))
        if int(beyond["total"]) == done if beyond else not validator:
            return None  # whether it is the right file the SHA-256 will tell
        partial.remove()
        raise Broken("the file is not as long as what had come of it")
    if head.status in PASSING or head.status >= 500:
        raise Broken(answered)
    if head.status not in (200, 206):
        raise InputError(f"{url}: {answered}")
    if headers.get("Content-Encoding", "identity") != "identity" and not is_packed(url, headers):
        raise InputError(
            f"{url}: came compressed ({headers['Content-Encoding']}), expected the file as it is"
        )
    if head.status == 200:
        return whole_body(headers)  # the server knows no ranges, or the file has changed
    part = PART.fullmatch(headers.get("Content-Range", ""))
    same = not validator or validator_in(headers) in ("", validator)
    if not part or int(part["first"]) != done or not same:
        partial.remove()
        raise Broken("answered with another part than was asked for")
    return Body(done, None if part["total"] == "*" else int(part["total"]), True)


def whole_body(headers: Headers) -> Body:
    """Return what an answer with the whole file announces."""
    if "Transfer-Encoding" in headers:
        return Body(0, None, True)
    length = headers.get("Content-Length", "")
    told = re.fullmatch(SIZE, length)
    return Body(0, int(length), True) if told else Body(0, None, False)


def is_packed(url: str, headers: Headers) -> bool:
    """Tell whether it is the file itself that is compressed: servers announce that as well."""
    return "gzip" in headers["Content-Encoding"] and url.partition("?")[0].endswith(("gz", "tgz"))


def check_body(url: str, body: Body, partial: Partial, checked: bool) -> None:
    """Raise an error where a body cannot be taken: for its size, or for want of an end."""
    if body.total is not None:
        # What is there is continued, or makes room.
        check_space(partial.path.parent, body.total - partial.size, url)
    if not (body.ends or checked):
        raise InputError(
            f"{url}: its server tells no length, so that only a SHA-256 could tell the whole file "
            "from one that was cut; expected a sha256"
        )


def write_body(url: str, answer: Stream, body: Body, partial: Partial) -> None:
    """Append the body to `partial`, under a progress bar; every byte that comes is kept."""
    folder, done = partial.path.parent, body.first
    most = done + spare_space(folder) if body.total is None else body.total
    kept = f"what has come is kept in {partial.path}, and the next run continues"
    progress = Progress(body.total or done, partial.name, "B", done)
    try:
        with on_disk(url, kept), partial.path.open("ab", buffering=0) as file:
            for block in answer.blocks():
                done += len(block)
                if done > most:
                    break
                write_all(file, block)
                progress.update(len(block))
    finally:
        progress.close()
    if done > most:
        partial.remove()
        if body.total is None:
            raise DiskError(
                f"{url}: announced no length, and {done:,} bytes would leave less than "
                f"{limits.DISK_RESERVE:,} free in {folder}; stopped"
            )
        raise Broken(f"more than the {most:,} bytes came that were announced")
    if body.total is not None and done < body.total:
        raise Broken(f"{done:,} of {body.total:,} bytes came")


def write_all(file: FileIO, block: bytes) -> None:
    """Write a block; of one that the disk has no room for, what it has room for."""
    rest = memoryview(block)
    while rest:
        rest = rest[file.write(rest) :]
