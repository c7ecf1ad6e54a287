"""Cutting held-out strings into the units that are searched for inside records.

Units are sentences that weigh 60 (a letter 1, a character of a dense script 2.5), shorter ones
joined, and a string of 25 to 480 as a whole. What weighs less is a common phrase, and only compared
as a whole (`scripts.data.equality`); so are entries of a dictionary, for those of a kind are worded
alike. The answer to a question is one unit, if it weighs 60: its single sentences are what anybody
says.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from scripts.data.fold import Folded
from scripts.data.held_out import HeldOut

UNIT, LEAST = 60, 25  # weights of a unit, and of a short one
LONGEST, WHOLE = 160, 480  # of what is cut into equal parts, and of a string that is a unit too


def cut_units(
    folded: Folded, weights: np.ndarray, held_out: Sequence[HeldOut]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the units of a block of strings: where each begins and ends, and of which string."""
    found = []
    sentences = np.unique(folded.sentences)
    first = 0
    for number, end in enumerate(folded.records.tolist()):
        low, high = np.searchsorted(sentences, (first, end))
        edges = [first, *sentences[low:high].tolist(), end]
        units = units_of(edges, weights, held_out[number])
        found += [(start, stop, number) for start, stop in units]
        first = end + 1
    starts, ends, numbers = np.array(found, np.int64).reshape(-1, 3).T
    return starts, ends, numbers


def units_of(edges: Sequence[int], weights: np.ndarray, held_out: HeldOut) -> list[tuple[int, int]]:
    """Return the units of a string between the edges of its sentences."""
    whole = edges[0], edges[-1]
    weight = weights[whole[1]] - weights[whole[0]]
    if held_out.entry or held_out.answers:
        return [whole] if held_out.answers and weight >= UNIT else []
    units = [whole] if LEAST <= weight < WHOLE else []
    for start, end in join_sentences(edges, weights):
        pieces = max(1, int((weights[end] - weights[start]) // LONGEST))
        cuts = [start + (end - start) * piece // pieces for piece in range(pieces + 1)]
        units += [piece for piece in pairwise(cuts) if piece != whole]
    return units


def join_sentences(edges: Sequence[int], weights: np.ndarray) -> list[tuple[int, int]]:
    """Return the units between the edges of a string's sentences.

    A sentence that is long enough is one; neighbouring short ones are joined until they are, and
    what is then left of them belongs to the last.
    """
    units: list[tuple[int, int]] = []
    begin = joined = None  # of short sentences: their first character, the last unit made of them
    for start, end in pairwise(edges):
        if weights[end] - weights[start] >= UNIT:
            units.append((start, end))
            begin = joined = None
            continue
        begin = start if begin is None else begin
        if weights[end] - weights[begin] >= UNIT:
            joined = len(units)
            units.append((begin, end))
            begin = None
        elif joined is not None:
            units[joined] = (units[joined][0], end)
            begin = None
    return units
