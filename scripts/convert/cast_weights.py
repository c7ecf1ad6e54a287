"""A copy of a model's weights in another number type, tensor by tensor.

cast_weights(Path("results/models/billa-zh"), Path("results/release/billa-zh"), "bfloat16")
"""

import shutil
from pathlib import Path
from typing import Any

import torch

from scripts.common.errors import InputError
from scripts.common.files import read_json, write_json
from scripts.tokenizer.weight_files import (
    INDEX,
    METADATA,
    find_tensors,
    read_header,
    read_tensor,
    write_header,
    write_tensor,
)

# Number types by their name in config.json: torch's, and what safetensors calls it.
TYPES = {
    "float32": (torch.float32, "F32"),
    "float16": (torch.float16, "F16"),
    "bfloat16": (torch.bfloat16, "BF16"),
}
FLOATS = {short for _, short in TYPES.values()}


def cast_weights(source: Path, target: Path, kind: str) -> None:
    """Write every file of a model's weights with its floating-point numbers as `kind`.

    A file that has them in this type is copied, byte for byte.

    Raises:
        InputError: if a number is too large for the type.
    """
    for name in sorted(set(find_tensors(source).values())):
        cast_file(source / name, target / name, kind)
    if (source / INDEX).is_file():
        index = read_json(source / INDEX)
        if "total_size" in index.get("metadata", {}):
            index["metadata"]["total_size"] = sum(map(count_bytes, target.glob("*.safetensors")))
        write_json(target / INDEX, index)


def cast_file(source: Path, target: Path, kind: str) -> None:
    """Write one file, with its tensors in their order."""
    tensors, metadata, _ = read_header(source)
    torch_type, short = TYPES[kind]
    if not any(entry["dtype"] in FLOATS - {short} for entry in tensors.values()):
        shutil.copyfile(source, target)
        return
    header: dict[str, Any] = {} if metadata is None else {METADATA: metadata}
    end = 0
    for name, entry in tensors.items():
        first, last = entry["data_offsets"]
        size, stored = last - first, entry["dtype"]
        if stored in FLOATS:
            size, stored = torch.Size(entry["shape"]).numel() * torch_type.itemsize, short
        header[name] = entry | {"dtype": stored, "data_offsets": [end, end + size]}
        end += size
    with target.open("wb") as new:
        write_header(header, new)
        for name, entry in tensors.items():
            weight = read_tensor(source, name)
            if entry["dtype"] in FLOATS:
                weight = cast(weight, torch_type, f"{source}: {name}")
            write_tensor(weight, new)


def cast(weight: torch.Tensor, kind: torch.dtype, place: str) -> torch.Tensor:
    """Return a tensor in another type; `InputError` where a number has none in it."""
    found = weight.to(kind)
    if not torch.isfinite(found).all():
        raise InputError(f"{place} has numbers beyond {kind}, expected --dtype float32 or bfloat16")
    return found


def count_bytes(path: Path) -> int:
    """Return how many bytes the tensors of a file take."""
    ends = (entry["data_offsets"][1] for entry in read_header(path)[0].values())
    return max(ends, default=0)
