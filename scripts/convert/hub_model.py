"""What is asked of the hub for a model: its commit, its files, its config.json."""

from typing import Any

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.convert.hub_files import CONFIG, check_files, choose_weights
from scripts.hub.cache import cached_commit, cached_names, snapshot_folder
from scripts.hub.client import fetch_file, look_up
from scripts.hub.errors import UnreachableError
from scripts.study.base_folder import INDEX, read_config, read_index
from scripts.study.hub import HubModel


def find_files(model: HubModel) -> tuple[str, list[str]]:
    """Return a revision's commit and the names of its files; from the cache where there is no hub.

    Raises:
        UnreachableError: if the hub cannot be asked, and the cache knows nothing of the revision.
        InputError: if there is no such repository or revision, or no access to it.
    """
    try:
        facts = look_up(model)
    except UnreachableError:
        found = find_cached(model)
        if not found:
            raise
        log.info("%s: the hub cannot be asked; taking commit %s from the cache", model, found[0])
        return found
    return str(facts.sha), [sibling.rfilename for sibling in facts.siblings or ()]


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


def check_model(model: HubModel) -> None:
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
