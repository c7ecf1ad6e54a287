"""Finding held-out text inside records, changed a little or cut.

A held-out string is cut into units (`scripts.data.units`). A record holds one in two steps:

1. n-grams of 12 characters, of 6 where they begin in a dense script, that both have in about the
   same place cover a quarter of the unit, of one below 40 60 % (`candidates`). N-grams of many
   units are what benchmarks say all the time ("which of the following"); they count on neither
   side.
2. In that place of the record, n-grams of 5 characters, 2 in a dense script, cover 70 % of the
   unit, of one below 40 75 % (`share_of`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scripts.data.fold import (
    BLOCK,
    Folded,
    code_points,
    dense_points,
    fold_block,
    join_fields,
    weigh,
)
from scripts.data.hashes import SECOND, hash_stretches, prefix_sums
from scripts.data.held_out import HeldOut
from scripts.data.units import cut_units

LONG, LONG_DENSE = 12, 6  # characters of the n-grams that candidates are found by
SMALL, SMALL_DENSE = 5, 2  # of those that decide
SHARED = 8  # n-grams of more units than this are what all say
SHORT = 40  # weight of units of which n-grams have to cover more
SEEDS, SEEDS_OF_SHORT = 0.25, 0.6
ENOUGH, ENOUGH_OF_SHORT = 0.7, 0.75
STRIDE = 2  # of a unit's n-grams every other one is enough
GAP = 24  # characters that may be missing or too many between two shared n-grams
SLACK = 8  # characters of the record that are looked at before and after them


@dataclass(frozen=True)
class Units:
    """Held-out units.

    `texts` are they, folded, `strings` the numbers of the strings that they are of; of its
    characters long n-grams have to cover `enough`, short ones the share `shares`. `hashes` are the
    distinct ones of long n-grams, ascending; from ``first[i]`` to ``first[i + 1]`` is what has the
    i-th: `units`, and where in it the n-gram begins and ends. `seen` and `seen_too` say of a hash's
    first bits whether there is one.
    """

    texts: list[str]
    strings: np.ndarray
    enough: np.ndarray
    shares: np.ndarray
    hashes: np.ndarray
    first: np.ndarray
    units: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    seen: np.ndarray
    seen_too: np.ndarray

    @property
    def shift(self) -> np.uint64:
        """Return how far a hash is shifted to its place in `seen`."""
        return np.uint64(65 - len(self.seen).bit_length())


def index_units(held_out: Sequence[HeldOut]) -> Units:
    """Return the units of held-out strings; of equal ones the first."""
    texts: list[str] = []
    strings: list[int] = []
    weights: list[float] = []
    known: set[int] = set()
    grams = []
    for begin in range(0, len(held_out), BLOCK):
        block = held_out[begin : begin + BLOCK]
        folded = fold_block(join_fields([one.text]) for one in block)
        sums, weight = prefix_sums(folded.codes), weigh(folded.codes)
        starts, ends, numbers = cut_units(folded, weight, block)
        keys = hash_stretches(sums, starts, ends).tolist()
        new = [place for key, place in first_places(keys).items() if key not in known]
        known.update(keys)
        starts, ends, numbers = starts[new], ends[new], numbers[new]
        grams.append(grams_of_units(folded.codes, sums, starts, ends, len(texts)))
        texts += [to_text(folded.codes[a:b]) for a, b in zip(starts, ends, strict=True)]
        strings += (numbers + begin).tolist()
        weights += (weight[ends] - weight[starts]).tolist()
    hashes, units, starts, ends = (np.concatenate(column) for column in zip(*grams, strict=True))
    order = sort_telling(hashes)
    units, starts, ends = units[order], starts[order], ends[order]
    by_unit = np.lexsort((starts, units))
    telling = count_covered(units[by_unit], starts[by_unit], ends[by_unit], len(texts))
    short = np.array(weights) < SHORT
    enough = telling * np.where(short, SEEDS_OF_SHORT, SEEDS)
    shares = np.where(short, ENOUGH_OF_SHORT, ENOUGH)
    hashes, first = np.unique(hashes[order], return_index=True)
    first = np.append(first, len(order))
    seen = mark_seen(hashes)
    of = np.array(strings, np.int64)
    return Units(texts, of, enough, shares, hashes, first, units, starts, ends, *seen)


def mark_seen(hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what says of a hash's first bits, in two ways, whether one of `hashes` has them."""
    size = max(16, (8 * len(hashes)).bit_length())
    shift = np.uint64(64 - size)
    seen, seen_too = np.zeros(1 << size, bool), np.zeros(1 << size, bool)
    seen[hashes >> shift] = True
    seen_too[hashes * SECOND >> shift] = True
    return seen, seen_too


def first_places(keys: Sequence[int]) -> dict[int, int]:
    """Return where each key is first, in order."""
    places: dict[int, int] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, place)
    return places


def grams_of_units(
    codes: np.ndarray, sums: np.ndarray, starts: np.ndarray, ends: np.ndarray, first: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return hash, unit (from `first` on), begin and end in it of the n-grams of units."""
    hashes, lengths = hash_grams(codes, sums)
    sizes = ends - starts
    unit = np.repeat(np.arange(len(sizes)), sizes)
    place = expand(starts, sizes)
    inside = (place + lengths[place] <= ends[unit]) & ((place - starts[unit]) % STRIDE == 0)
    place, unit = place[inside], unit[inside]
    begin = place - starts[unit]
    return (
        hashes[place],
        (unit + first).astype(np.int32),
        begin.astype(np.int32),
        (begin + lengths[place]).astype(np.int32),
    )


def hash_grams(codes: np.ndarray, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return hash and length of the n-gram that begins at each character."""
    starts = np.arange(len(codes))
    lengths = np.where(dense_points()[codes], LONG_DENSE, LONG)
    ends = np.minimum(starts + lengths, len(codes))
    return hash_stretches(sums, starts, ends), lengths


def sort_telling(hashes: np.ndarray) -> np.ndarray:
    """Return the places of hashes that occur no more than SHARED times, by ascending hash."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
    counts = np.diff(np.append(first, len(ordered)))
    return order[np.repeat(counts <= SHARED, counts)]


def expand(starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return ``starts[i], starts[i] + 1, …``, `sizes[i]` numbers, for every i."""
    return np.repeat(starts - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())


def count_covered(
    groups: np.ndarray, starts: np.ndarray, ends: np.ndarray, size: int
) -> np.ndarray:
    """Return how many characters the n-grams of each group cover; sorted by group and start."""
    stops = ends.astype(np.int64)
    same = groups[1:] == groups[:-1]
    stops[:-1][same] = np.minimum(stops[:-1], starts[1:])[same]
    return np.bincount(groups, weights=stops - starts, minlength=size).astype(np.int64)


def candidates(index: Units, folded: Folded) -> Iterator[tuple[int, int, int, int]]:
    """Yield (record, unit, begin, end): places of a block, up to which n-grams cover enough."""
    hashes, _ = hash_grams(folded.codes, prefix_sums(folded.codes))
    hit = np.flatnonzero(index.seen[hashes >> index.shift])
    hit = hit[index.seen_too[hashes[hit] * SECOND >> index.shift]]
    hit = hit[np.argsort(hashes[hit])]  # the search below is faster in order
    at = np.searchsorted(index.hashes, hashes[hit])
    same = index.hashes[np.minimum(at, len(index.hashes) - 1)] == hashes[hit]
    hit, at = hit[same], at[same]
    many = index.first[at + 1] - index.first[at]
    entry, place = expand(index.first[at], many), np.repeat(hit, many)
    unit, start, end = index.units[entry], index.starts[entry], index.ends[entry]
    # A copy's n-grams lie about equally far from where they are in the unit; chance hits do not.
    pair = np.searchsorted(folded.records, place) * len(index.texts) + unit
    shift = place - start
    order = np.lexsort((shift, pair))
    pair, shift, start, end = pair[order], shift[order], start[order], end[order]
    new = np.append(True, (pair[1:] != pair[:-1]) | (np.diff(shift) > GAP))[: len(pair)]
    group, first = np.cumsum(new) - 1, np.flatnonzero(new)
    order = np.lexsort((start, group))
    covered = count_covered(group[order], start[order], end[order], len(first))
    record, unit = np.divmod(pair[first], len(index.texts))
    last = np.append(first[1:], len(pair)) - 1
    enough = np.flatnonzero(covered >= index.enough[unit])
    for one in enough.tolist():
        size = len(index.texts[unit[one]])
        yield int(record[one]), int(unit[one]), int(shift[first[one]]), int(shift[last[one]]) + size


def find_units(index: Units, folded: Folded) -> Iterator[tuple[int, int, float]]:
    """Yield (record, number of the held-out string, share of its unit) of what a block holds."""
    ends = folded.records
    for record, unit, begin, end in candidates(index, folded):
        low = max(begin - SLACK, int(ends[record - 1]) + 1 if record else 0)
        high = min(end + SLACK, int(ends[record]))
        share = share_of(index.texts[unit], to_text(folded.codes[low:high]))
        if share >= index.shares[unit]:
            yield record, int(index.strings[unit]), share


def share_of(unit: str, text: str) -> float:
    """Return the share of a unit's characters that are in small n-grams which a text has too."""
    sizes = np.where(dense_points()[code_points(unit)], SMALL_DENSE, SMALL).tolist()
    covered, end = 0, 0  # characters, and where the last n-gram that was found ends
    for place, size in enumerate(sizes):
        gram = unit[place : place + size]
        if gram in text and len(gram) == size:
            covered += max(0, place + size - max(place, end))
            end = max(end, place + size)
    return covered / len(unit)


def to_text(codes: np.ndarray) -> str:
    """Return code points as a string."""
    return codes.tobytes().decode("utf-32-le", "surrogatepass")
