"""What is asked of the Hugging Face hub, by its own client.

HF_HOME, HF_ENDPOINT, HF_HUB_OFFLINE and HF_TOKEN are the client's, and so are the cache and the
resuming of a cut connection. All raise `InputError`, one line.
"""

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from huggingface_hub import (
    DatasetInfo,
    HfApi,
    ModelInfo,
    constants,
    hf_hub_download,
    set_client_factory,
)
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import parse_ratelimit_headers
from huggingface_hub.utils._http import hf_request_event_hook

from scripts.common import limits
from scripts.common.bounded_client import BoundedClient
from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.progress import Progress
from scripts.hub.cache import keep_commit
from scripts.hub.errors import one_line
from scripts.study.hub import HubRepository

T = TypeVar("T")


class TooSlow(httpx2.TransportError):
    """An answer of the hub that would not be there in time; asking again would not help."""


class HubClient(BoundedClient):
    """The client of the hub's client, which itself waits as long as a byte comes now and then."""

    slow = TooSlow


def make_client() -> HubClient:
    """Return a client that differs from the hub's own in being bounded."""
    # The hook refuses to ask where HF_HUB_OFFLINE is set.
    hooks: Any = {"request": [hf_request_event_hook]}
    options = {"event_hooks": hooks, "follow_redirects": True, "timeout": None}
    return HubClient(limits.HUB_SECONDS, limits.HUB_BYTES, **options)


set_client_factory(make_client)


def look_up(source: HubRepository) -> ModelInfo | DatasetInfo:
    """Return what the hub says of a revision, whose commit the cache knows from then on.

    Raises:
        UnreachableError: if the hub cannot be asked.
        InputError: if there is no such repository or revision, or no access to it.
    """
    with one_line(source):
        facts: Any = persist(
            lambda: HfApi().repo_info(
                source.repository,
                repo_type=source.type,
                revision=source.revision,
                timeout=limits.HUB_SILENCE,
            ),
            str(source),
        )
        keep_commit(source, facts.sha)
    return facts


def fetch_file(source: HubRepository, commit: str, name: str) -> Path:
    """Return where the cache has a file, which is fetched if it is missing."""
    bar: Any = type("NamedBar", (Bar,), {"label": name})  # the client's own label is an address
    with one_line(source, commit):
        path = persist(
            lambda: hf_hub_download(
                source.repository, name, repo_type=source.type, revision=commit, tqdm_class=bar
            ),
            name,
        )
    return Path(path)


def persist(fetch: Callable[[], T], name: str) -> T:
    """Return what `fetch` does, asking again where the server failed or reset the connection.

    So where it was asked too often: then after the pause that it asks for. An answer that ends too
    early, or none, the client itself has tried six times.
    """
    for attempt in range(1, limits.HUB_ATTEMPTS):
        try:
            return fetch()
        except (httpx2.ReadError, HfHubHTTPError) as error:
            pause = find_pause(error, attempt)
            if pause is None:
                raise
            log.info("%s: %s; trying again in %d s", name, type(error).__name__, pause)
            time.sleep(pause)
    return fetch()


def find_pause(error: Exception, attempt: int) -> float | None:
    """Return the seconds to wait before the next attempt; None where it would be answered alike."""
    answer = error.response if isinstance(error, HfHubHTTPError) else None
    if answer is not None and answer.status_code == 429:
        limit = parse_ratelimit_headers(answer.headers)
        pause = limit.reset_in_seconds + 1 if limit else limits.HUB_PAUSE
        return min(pause, limits.HUB_LONGEST_PAUSE)
    passing = answer is None or answer.status_code >= 500
    return limits.FIRST_PAUSE * 2 ** (attempt - 1) if passing else None


class Bar:
    """The client's progress as that of other downloads: a bar, and a line a minute in the log.

    The client counts by it what has come, packed files unpacked, before it writes: it refuses what
    the disk has no room for, and more than was announced.
    """

    label = ""

    def __init__(self, *, total: int | None = None, initial: int = 0, **_: Any):
        self.total, self.n = total or 0, initial
        free = shutil.disk_usage(existing(Path(constants.HF_HUB_CACHE))).free
        if self.total - initial > free:
            raise InputError(
                f"{self.label}: needs {self.total:,} bytes, {constants.HF_HUB_CACHE} has {free:,} "
                "free"
            )
        self.progress = Progress(self.total, self.label, "B", initial)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def update(self, count: int = 1) -> None:
        """Count bytes that are there; a file that begins again takes some back."""
        self.n += count
        if self.total and self.n > self.total:
            raise InputError(
                f"{self.label}: more than the {self.total:,} bytes came that were announced"
            )
        self.progress.update(count)

    def update_transfer(self, count: int = 1) -> None:
        """Leave out bytes on the way: those that are there are shown."""

    def set_postfix_str(self, *_: object, **__: object) -> None:
        """Leave out the client's own rate: the bar has one."""

    set_transfer_postfix_str = set_postfix_str

    def close(self) -> None:
        """Remove the bar."""
        self.progress.close()


def existing(folder: Path) -> Path:
    """Return a folder, or the nearest one above it that is there."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def log_client() -> None:
    """Send what the client tells (that it resumes, that it waits) to the log of the script."""
    told = logging.getLogger("huggingface_hub")
    told.handlers[:] = log.handlers
    told.propagate = False
