"""The hub client's cache, read without the client: importing it would cost every job a second.

``models--org--name/`` has `refs/<revision>`, the commit of a branch or tag when it was last looked
up, and `snapshots/<commit>/`, links to the files of that commit.
"""

import re
from pathlib import Path
from typing import Any

from huggingface_hub import constants

from scripts.common.files import read_json, write_text
from scripts.study.hub import HubModel

COMMIT = re.compile("[0-9a-f]{40}")


def repository_folder(model: HubModel) -> Path:
    """Return where the cache keeps a repository."""
    return Path(constants.HF_HUB_CACHE, f"models--{model.repository.replace('/', '--')}")


def snapshot_folder(model: HubModel, commit: str) -> Path:
    """Return where the cache keeps the files of a commit."""
    return repository_folder(model) / "snapshots" / commit


def reference(model: HubModel) -> Path:
    """Return the file that holds the commit of a branch or tag."""
    return repository_folder(model) / "refs" / model.revision


def cached_commit(model: HubModel) -> str | None:
    """Return the commit that a revision was when it was last looked up; None if it never was."""
    if COMMIT.fullmatch(model.revision):
        return model.revision
    path = reference(model)
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def keep_commit(model: HubModel, commit: str) -> None:
    """Let the cache know a revision's commit, for when the hub cannot be asked."""
    if model.revision != commit and cached_commit(model) != commit:
        write_text(reference(model), commit)


def cached_names(model: HubModel, commit: str) -> list[str]:
    """Return the files of a commit's first level that are in the cache."""
    return sorted(path.name for path in snapshot_folder(model, commit).glob("*") if path.is_file())


def cached_config(model: HubModel) -> dict[str, Any] | None:
    """Return the `config.json` of a revision where the cache has it."""
    commit = cached_commit(model)
    path = snapshot_folder(model, commit) / "config.json" if commit else None
    return read_json(path, "a model's configuration", {}) if path and path.is_file() else None
