"""What a base was as published and its imported folder is no longer: number type, licence.

``published.json`` stands beside ``stage.json`` and is no part of it: it trains nothing again.

    keep_published(Path("/models/my-llama"), Path("results/models/base"))
"""

import shutil
from pathlib import Path
from typing import Any

from scripts.common.files import read_json, write_json

PUBLISHED = "published.json"
LICENCES = ("LICEN[CS]E*", "NOTICE*", "USE_POLICY*")


def keep_published(folder: Path, output: Path) -> None:
    """Note the number type that a folder's config names, and copy its licence files."""
    config = read_json(folder / "config.json")
    for part in (config, config.get("text_config") or {}):
        kind = part.get("dtype") or part.get("torch_dtype")
        if kind:
            note_published(output, {"dtype": str(kind).removeprefix("torch.")})
            break
    copy_licences(folder, output)


def note_published(output: Path, facts: dict[str, Any]) -> None:
    """Add facts to what is noted of a base."""
    write_json(output / PUBLISHED, read_published(output) | facts)


def read_published(base: Path) -> dict[str, Any]:
    """Return what is noted of a base; nothing where it was imported without a folder."""
    path = base / PUBLISHED
    found: dict[str, Any] = read_json(path, "what a base was", {}) if path.is_file() else {}
    return found


def copy_licences(folder: Path, output: Path) -> None:
    """Copy a folder's licence files."""
    for pattern in LICENCES:
        for file in folder.glob(pattern):
            shutil.copyfile(file, output / file.name)
