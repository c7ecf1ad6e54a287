"""The hub client's cache, read without the client: importing it would cost every job a second.

``models--org--name/`` (of data sets ``datasets--…``) has `refs/<revision>`, the commit of a branch
or tag when it was last looked up, and `snapshots/<commit>/`, links to the files of that commit.
"""

import re
from pathlib import Path
from typing import Any

from huggingface_hub import constants

from scripts.common.files import read_json, write_text
from scripts.study.hub import HubRepository

COMMIT = re.compile("[0-9a-f]{40}")


def repository_folder(source: HubRepository) -> Path:
    """Return where the cache keeps a repository."""
    return Path(constants.HF_HUB_CACHE, f"{source.type}s--{source.repository.replace('/', '--')}")


def snapshot_folder(source: HubRepository, commit: str) -> Path:
    """Return where the cache keeps the files of a commit."""
    return repository_folder(source) / "snapshots" / commit


def reference(source: HubRepository) -> Path:
    """Return the file that holds the commit of a branch or tag."""
    return repository_folder(source) / "refs" / source.revision


def cached_commit(source: HubRepository) -> str | None:
    """Return the commit that a revision was when it was last looked up; None if it never was."""
    if COMMIT.fullmatch(source.revision):
        return source.revision
    path = reference(source)
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def keep_commit(source: HubRepository, commit: str) -> None:
    """Let the cache know a revision's commit, for when the hub cannot be asked."""
    if source.revision != commit and cached_commit(source) != commit:
        write_text(reference(source), commit)


def cached_names(source: HubRepository, commit: str) -> list[str]:
    """Return the files of a commit's first level that are in the cache."""
    return sorted(path.name for path in snapshot_folder(source, commit).glob("*") if path.is_file())


def cached_config(source: HubRepository) -> dict[str, Any] | None:
    """Return the `config.json` of a revision where the cache has it."""
    commit = cached_commit(source)
    path = snapshot_folder(source, commit) / "config.json" if commit else None
    return read_json(path, "a model's configuration", {}) if path and path.is_file() else None
