"""A model's safetensors files: where each tensor is, and a copy in which some are replaced.

The layout is that of the format's own description (huggingface/safetensors, README "Format"): eight
bytes with the header's length, little-endian; the header, JSON from names to dtype, shape and
offsets; the tensors' bytes. `safetensors.torch.save_file` would do, but it writes metadata of
several keys in another order each time, and needs every tensor of the file at once.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from safetensors import safe_open

from scripts.common import limits
from scripts.common.bounded_json import load_json
from scripts.common.errors import InputError
from scripts.common.files import read_json, write_json
from scripts.study.base_folder import INDEX, SINGLE, check_shard

METADATA = "__metadata__"
BLOCK = 2**24  # bytes that are copied at a time


def find_tensors(folder: Path) -> dict[str, str]:
    """Return the file of every tensor of a model by the tensor's name.

    Raises `InputError` for a folder without safetensors weights, or with a shard missing.
    """
    if (folder / INDEX).is_file():
        places = read_json(folder / INDEX)["weight_map"]
        for name in sorted(set(places.values())):
            check_shard(folder, name)
            if not (folder / name).is_file():
                raise InputError(f"{folder}: found no {name}, which {INDEX} names")
        return places
    if not (folder / SINGLE).is_file():
        raise InputError(f"{folder}: found no {SINGLE} and no {INDEX}, expected a model's weights")
    return dict.fromkeys(read_header(folder / SINGLE)[0], SINGLE)


def read_header(path: Path) -> tuple[dict[str, Any], dict[str, str] | None, int]:
    """Return a file's tensors in the order of their bytes, its metadata, and where bytes begin."""
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if length > limits.HEADER_BYTES:
            raise InputError(
                f"{path}: a header of {length:,} bytes, expected at most {limits.HEADER_BYTES:,}"
            )
        try:
            header = load_json(stream.read(length))
            metadata = header.pop(METADATA, None)
            tensors = sorted(header.items(), key=lambda item: item[1]["data_offsets"])
        except (ValueError, TypeError, KeyError, AttributeError):
            raise InputError(f"{path}: no safetensors file, its header cannot be read") from None
    return dict(tensors), metadata, 8 + length


def read_tensor(path: Path, name: str) -> torch.Tensor:
    """Read one tensor of a file; the others stay on the disk."""
    with safe_open(path, framework="pt") as file:
        return file.get_tensor(name)


def rewrite_file(source: Path, target: Path, replaced: Mapping[str, torch.Tensor]) -> None:
    """Copy a file, the tensors in `replaced` in place of its own; all else keeps its bytes.

    A replaced tensor has the dtype of its predecessor and may have another shape.
    """
    tensors, metadata, begin = read_header(source)
    header: dict[str, Any] = {} if metadata is None else {METADATA: metadata}
    end = 0
    for name, entry in tensors.items():
        shape, size = entry["shape"], entry["data_offsets"][1] - entry["data_offsets"][0]
        if name in replaced:
            shape, size = list(replaced[name].shape), replaced[name].nbytes
        header[name] = {"dtype": entry["dtype"], "shape": shape, "data_offsets": [end, end + size]}
        end += size
    with source.open("rb") as old, target.open("wb") as new:
        write_header(header, new)
        for name, entry in tensors.items():
            if name in replaced:
                write_tensor(replaced[name], new)
            else:
                first, last = entry["data_offsets"]
                old.seek(begin + first)
                copy_bytes(old, new, last - first)


def write_header(header: dict[str, Any], stream: BinaryIO) -> None:
    """Write a file's header, with its length in front of it."""
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # so that tensors begin at a multiple of eight bytes
    stream.write(len(text).to_bytes(8, "little") + text)


def write_tensor(tensor: torch.Tensor, stream: BinaryIO) -> None:
    """Write a tensor's bytes."""
    stream.write(tensor.contiguous().flatten().view(torch.uint8).numpy().data)


def copy_bytes(source: BinaryIO, target: BinaryIO, count: int) -> None:
    """Copy the next `count` bytes."""
    while count:
        block = source.read(min(count, BLOCK))
        if not block:
            raise InputError(f"{source.name}: {count} bytes are missing at its end")
        target.write(block)
        count -= len(block)


def link_file(source: Path, target: Path) -> None:
    """Make `target` another name of the same file, or a copy where the file system has no such."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def write_index(source: Path, target: Path, added: dict[str, int]) -> None:
    """Copy a folder's index, if there is one; `added` is what its totals increase by."""
    if (source / INDEX).is_file():
        index = read_json(source / INDEX)
        for key, more in added.items():
            if key in index.get("metadata", {}):
                index["metadata"][key] += more
        write_json(target / INDEX, index)
