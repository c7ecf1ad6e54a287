"""What a model's folder tells of its weights, of which only the headers are read."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

from scripts.common import limits
from scripts.common.bounded_json import load_json
from scripts.common.errors import read_by
from scripts.common.files import read_json

# The number types of safetensors, as a study calls them; others keep their names.
KINDS = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
LENGTH = 8  # bytes that tell how long a file's header is


@dataclass(frozen=True)
class Weights:
    """A model's weights.

    Attributes:
        parameters: numbers in all tensors; an output layer that is the embedding counts once.
        rows: of the embedding, used or not.
        size: bytes of the whole folder.
        kind: the number type of most of them, as they are stored.
    """

    parameters: int
    rows: int
    size: int
    kind: str


def read_weights(folder: Path) -> Weights | None:
    """Return what a model's folder tells; None where it is no model's.

    Raises:
        InputError: if a file is damaged.
    """
    config, files = folder / "config.json", sorted(folder.glob("*.safetensors"))
    if not files or not config.is_file():
        return None
    told = read_json(config, "a model's configuration", {})
    counts: Counter[str] = Counter()
    for file in files:
        counts += read_by(partial(count_numbers, file), file, "a model's weights")
    return Weights(
        parameters=counts.total(),
        rows=int((told.get("text_config") or told).get("vocab_size") or 0),
        size=sum(file.stat().st_size for file in folder.iterdir() if file.is_file()),
        kind=", ".join(KINDS.get(kind, kind) for kind, _ in counts.most_common(1)),
    )


def count_numbers(file: Path) -> Counter[str]:
    """Return how many numbers of each type a file of weights has, from its header alone."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(LENGTH), "little")
        header: dict[str, Any] = load_json(stream.read(min(length, limits.HEADER_BYTES)))
    counts: Counter[str] = Counter()
    for name, tensor in header.items():
        if name != "__metadata__":
            counts[tensor["dtype"]] += prod(tensor["shape"])
    return counts
