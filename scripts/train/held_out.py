"""Held-out text that a training is measured on as it goes, in bits per byte.

As in `scripts.infer.measure_text`, a text is bos and its tokens, every token but bos is scored, and
no end is: while the texts fit into rows, the last value is what the benchmark's score will be
on the same records, where it is measured in the stage's precision. A text longer than a row is
cut at the last token of the row that ends with a whole character, so that the scored tokens cover
whole bytes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from math import log
from pathlib import Path
from typing import Any

import torch

from scripts.common.errors import InputError
from scripts.common.files import read_records
from scripts.pack.packing import columns, pack
from scripts.pack.rendering import Example, Vocabulary, blocks

Offsets = list[tuple[int, int]]
Values = dict[str, float]  # bits per byte by the name of the text
LossSum = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], float]
NEARBY = 1  # in their order, so that texts behind those that are measured change nothing


@dataclass(frozen=True)
class Text:
    """Rows of one benchmark, int64 of shape (rows, length), and the bytes that labels cover."""

    input_ids: torch.Tensor
    position_ids: torch.Tensor
    labels: torch.Tensor
    bytes: int


@dataclass(frozen=True)
class HeldOut:
    """The held-out texts by the name of their benchmark."""

    texts: dict[str, Text]

    def measure(self, loss_sum: LossSum) -> Values:
        """Return bits per byte of every text.

        Args:
            loss_sum: from input ids, position ids and labels, each (rows, length), to the summed
                cross-entropy in nats.
        """
        return {
            name: bits_per_byte(
                loss_sum(text.input_ids, text.position_ids, text.labels), text.bytes
            )
            for name, text in self.texts.items()
        }


def load_held_out(paths: Iterable[Path], vocabulary: Vocabulary, length: int, rows: int) -> HeldOut:
    """Return the first records of text benchmarks as at most `rows` packed rows each.

    Raises:
        InputError: if a file is missing or empty, or a record has no text.
    """
    return HeldOut({path.stem: load_text(path, vocabulary, length, rows) for path in paths})


def bits_per_byte(nats: float, size: int) -> float:
    """Return a sum of nats over `size` bytes of text as bits per byte."""
    return nats / log(2) / size


def load_text(path: Path, vocabulary: Vocabulary, length: int, rows: int) -> Text:
    """Pack one benchmark, in its order."""
    sizes: dict[str, int] = {}
    examples = encode(read_texts(path), vocabulary, length, sizes)
    packed = list(islice(pack(examples, length, NEARBY), rows))
    found = [columns(row, length, vocabulary.eos) for row in packed]
    names = ("input_ids", "position_ids", "labels")
    ids, positions, labels = (torch.tensor([row[name] for row in found]) for name in names)
    covered = sum(sizes[example.record] for row in packed for example in row.examples)
    return Text(ids, positions, labels, covered)


def read_texts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (number, text) of a benchmark's records."""
    records: list[dict[str, Any]] = read_records(path, "the records of a text benchmark")
    for number, record in enumerate(records, 1):
        if not record.get("text"):
            raise InputError(f"{path}:{number}: no text, expected some")
        yield str(number), record["text"]


def encode(
    texts: Iterator[tuple[str, str]], vocabulary: Vocabulary, length: int, sizes: dict[str, int]
) -> Iterator[Example]:
    """Yield texts as bos + tokens, cut at the row's length; note each one's bytes in `sizes`."""
    for block in blocks(texts):
        # Not the fast form of encoding: it has no offsets, by which the bytes of a cut are counted.
        found = vocabulary.tokenizer.encode_batch(
            [text for _, text in block], add_special_tokens=False
        )
        for (number, text), encoding in zip(block, found, strict=True):
            kept, end = cut(encoding.offsets, length - 1, len(text))
            sizes[number] = len(text[:end].encode())
            if kept:
                yield Example("held-out", [vocabulary.bos, *encoding.ids[:kept]], 1, number)


def cut(offsets: Offsets, most: int, size: int) -> tuple[int, int]:
    """Return how many tokens are kept, at most `most`, and how many of `size` characters they are.

    Tokens that share a character (its bytes are apart) are kept or cut off together.
    """
    if len(offsets) <= most:
        return len(offsets), size
    kept = most
    while kept and offsets[kept][0] < offsets[kept - 1][1]:
        kept -= 1
    return kept, offsets[kept][0] if kept else 0
