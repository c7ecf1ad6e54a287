"""Folders as a tiny model is published, and damaged in one way each."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 4567\n"


def change_json(path: Path, **changes: Any) -> None:
    """Set keys of a JSON file; None removes one."""
    found = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({key: value for key, value in found.items() if value is not None}))


def change_weights(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a folder's tensors in place."""
    path = folder / "model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, {"format": "pt"})


def split_weights(folder: Path) -> None:
    """Share a folder's tensors among two files and an index."""
    path = folder / "model.safetensors"
    tensors = load_file(path)
    names = sorted(tensors)
    shards = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, chosen in shards.items():
        save_file({name: tensors[name] for name in chosen}, folder / file, {"format": "pt"})
    path.unlink()
    where = {name: file for file, chosen in shards.items() for name in chosen}
    index = {"metadata": {}, "weight_map": where}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
