"""What is asked of the Hugging Face hub, by its own client.

HF_HOME, HF_ENDPOINT, HF_HUB_OFFLINE and HF_TOKEN are the client's, and so are the cache and the
resuming of a cut connection. All raise `InputError`, one line.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.progress import Progress
from scripts.convert.hub_cache import cached_commit, cached_names, keep_commit, snapshot_folder
from scripts.convert.hub_errors import UnreachableError, one_line
from scripts.convert.hub_files import CONFIG, check_files, choose_weights
from scripts.study.base_folder import INDEX, read_config, read_index
from scripts.study.hub import HubModel

T = TypeVar("T")
TIMEOUT = 10  # seconds until the hub counts as not reachable
ATTEMPTS = 4
DELAY = 1.0  # seconds before the second attempt; doubles from one to the next


def find_files(model: HubModel) -> tuple[str, list[str]]:
    """Return a revision's commit and the names of its files; from the cache where there is no hub.

    Raises:
        UnreachableError: if the hub cannot be asked, and the cache knows nothing of the revision.
        InputError: if there is no such repository or revision, or no access to it.
    """
    try:
        with one_line(model):
            facts = persist(
                lambda: HfApi().model_info(
                    model.repository, revision=model.revision, timeout=TIMEOUT
                ),
                str(model),
            )
    except UnreachableError:
        found = find_cached(model)
        if not found:
            raise
        log.info("%s: the hub cannot be asked; taking commit %s from the cache", model, found[0])
        return found
    commit = str(facts.sha)
    with one_line(model):
        keep_commit(model, commit)
    return commit, [sibling.rfilename for sibling in facts.siblings or ()]


def find_cached(model: HubModel) -> tuple[str, list[str]] | None:
    """Return a revision's commit and files by the cache alone; None unless it has all of them."""
    commit = cached_commit(model)
    names = cached_names(model, commit) if commit else []
    try:
        check_files(model, names)
        shards = read_index(snapshot_folder(model, str(commit))) if INDEX in names else {}
        choose_weights(model, names, shards)
    except InputError:
        return None
    return str(commit), names


def look_up(model: HubModel) -> None:
    """Refuse a model that cannot be fetched, and let the cache have its config.json.

    Nothing but that file is fetched, whatever the size of the model.
    """
    commit, names = find_files(model)
    check_files(model, names)
    fetch_config(model, commit)


def fetch_config(model: HubModel, commit: str) -> dict[str, Any]:
    """Return config.json, which is fetched if it is missing; refuse weights of no use by it."""
    folder = fetch_file(model, commit, CONFIG).parent
    try:
        return read_config(folder)
    except InputError as error:
        raise InputError(str(error).replace(str(folder), str(model))) from None


def fetch_file(model: HubModel, commit: str, name: str) -> Path:
    """Return where the cache has a file, which is fetched if it is missing."""
    bar: Any = type("NamedBar", (Bar,), {"label": name})  # the client's own label is an address
    with one_line(model, commit):
        path = persist(
            lambda: hf_hub_download(model.repository, name, revision=commit, tqdm_class=bar), name
        )
    return Path(path)


def persist(fetch: Callable[[], T], name: str) -> T:
    """Return what `fetch` does, asking again where the server failed or reset the connection.

    An answer that ends too early, or none, the client itself has tried six times.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return fetch()
        except (httpx2.ReadError, HfHubHTTPError) as error:
            if isinstance(error, HfHubHTTPError) and error.response.status_code < 500:
                raise
            log.info("%s: %s; trying again", name, type(error).__name__)
            time.sleep(DELAY * 2 ** (attempt - 1))
    return fetch()


class Bar:
    """The client's progress as that of other downloads: a bar, and a line a minute in the log."""

    label = ""

    def __init__(self, *, total: int | None = None, initial: int = 0, **_: Any):
        self.total, self.n = total or 0, initial
        self.progress = Progress(self.total, self.label, "B", initial)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def update(self, count: int = 1) -> None:
        """Count bytes that are there; a file that begins again takes some back."""
        self.n += count
        self.progress.update(count)

    def update_transfer(self, count: int = 1) -> None:
        """Leave out bytes on the way: those that are there are shown."""

    def set_postfix_str(self, *_: object, **__: object) -> None:
        """Leave out the client's own rate: the bar has one."""

    set_transfer_postfix_str = set_postfix_str

    def close(self) -> None:
        """Remove the bar."""
        self.progress.close()


def log_client() -> None:
    """Send what the client tells (that it resumes, that it waits) to the log of the script."""
    told = logging.getLogger("huggingface_hub")
    told.handlers[:] = log.handlers
    told.propagate = False
