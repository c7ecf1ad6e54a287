"""Finding fields, lines and sentences of records that are a held-out string, or a part of one.

Two strings are the same if they agree once they are folded (`scripts.data.fold`). Compared are

- a record's fields, of any length, its instruction and input together, and its lines and sentences
  of at least 10 characters;
- held-out strings of any length, but an answer to a question only if it weighs 25, and the lines
  and sentences of held-out strings that weigh 25. A letter weighs 1, a character of a dense script,
  as Chinese, 2.5.

Shorter parts ("return result", "how about you") are common to texts that share nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scripts.data.fold import BLOCK, RECORD_END, Folded, fold_block, join_fields, weigh
from scripts.data.hashes import hash_stretches, prefix_sums
from scripts.data.held_out import HeldOut

SHORTEST_PART = 10  # characters of a record's line or sentence
LEAST = 25  # weight of a part of a held-out string, and of an answer


@dataclass(frozen=True)
class Wholes:
    """Hashes of held-out strings and their parts, ascending, and the number of the string."""

    hashes: np.ndarray
    strings: np.ndarray


def index_wholes(held_out: Sequence[HeldOut]) -> Wholes:
    """Return what is compared of held-out strings; of equal ones the first."""
    found = []
    for begin in range(0, len(held_out), BLOCK):
        block = held_out[begin : begin + BLOCK]
        folded = fold_block(join_fields([one.text]) for one in block)
        weights = weigh(folded.codes)
        sums = prefix_sums(folded.codes)
        answers = np.array([one.answers for one in block])
        starts, ends = stretches(folded, folded.fields)
        number = np.searchsorted(folded.records, ends)
        weight = weights[ends] - weights[starts]
        kept = (weight > 0) & ~(answers[number] & (weight < LEAST))
        found.append((hash_stretches(sums, starts[kept], ends[kept]), number[kept] + begin))
        for bounds in (folded.lines, folded.sentences):
            starts, ends = stretches(folded, bounds)
            kept = weights[ends] - weights[starts] >= LEAST
            number = np.searchsorted(folded.records, ends[kept])
            found.append((hash_stretches(sums, starts[kept], ends[kept]), number + begin))
    hashes, numbers = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((numbers, hashes))
    hashes, first = np.unique(hashes[order], return_index=True)
    return Wholes(hashes, numbers[order][first])


def stretches(folded: Folded, bounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where the stretches between bounds begin and end, without the ends of records."""
    # Where the last field is empty, its end and the record's are at one place, in this order.
    ends_record = np.append(bounds[1:] != bounds[:-1], True) & (folded.codes[bounds] == RECORD_END)
    starts = np.zeros(len(bounds), np.int64)
    starts[1:] = (bounds + ends_record)[:-1]
    return starts, bounds


def find_wholes(index: Wholes, folded: Folded, joined: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return (record, number of the held-out string) of what is the same in a block.

    Args:
        joined: how many fields each record has, if its first two together are compared too.
    """
    starts, ends = stretches(folded, folded.fields)
    found = [(starts, ends)]
    if joined:
        found.append((starts.reshape(-1, joined)[:, 0], ends.reshape(-1, joined)[:, 1]))
    for bounds in (folded.lines, folded.sentences):
        starts, ends = stretches(folded, bounds)
        kept = ends - starts >= SHORTEST_PART
        found.append((starts[kept], ends[kept]))
    starts, ends = (np.concatenate(column) for column in zip(*found, strict=True))
    hashes = hash_stretches(prefix_sums(folded.codes), starts, ends)
    places = np.minimum(np.searchsorted(index.hashes, hashes), len(index.hashes) - 1)
    same = (index.hashes[places] == hashes) & (starts < ends)
    return np.searchsorted(folded.records, ends[same]), index.strings[places[same]]
