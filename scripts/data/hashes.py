"""Hashes of stretches of folded text, all of a block in a few NumPy passes.

The hash of ``codes[start:end]`` is a polynomial in an odd base modulo 2^64, taken from prefix sums,
so that a stretch of any length costs the same. 64 bits: among a billion of different stretches two
are the same with a chance of 3 %.
"""

import numpy as np

BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2^64
INVERSE = pow(BASE, -1, 1 << 64)
MIX = np.uint64(0xD6E8FEB86659FD93)
SECOND = np.uint64(0xBF58476D1CE4E5B9)  # makes other bits of a hash the first ones
GROWTH = 1 << 18
_powers: list[np.ndarray] = []


def powers(size: int) -> list[np.ndarray]:
    """Return at least `size` powers of the base, and of its inverse."""
    if not _powers or len(_powers[0]) < size:
        size = -(-size // GROWTH) * GROWTH
        _powers[:] = [
            np.concatenate([np.ones(1, np.uint64), np.full(size - 1, base, np.uint64)]).cumprod()
            for base in (BASE, INVERSE)
        ]
    return _powers


def prefix_sums(codes: np.ndarray) -> np.ndarray:
    """Return the sums that `hash_stretches` needs, (characters + 1,) uint64."""
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(codes * powers(len(codes))[0][: len(codes)], out=sums[1:])
    return sums


def hash_stretches(sums: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the hashes of stretches, (stretches,) uint64."""
    return mix((sums[ends] - sums[starts]) * powers(len(sums))[1][starts])


def mix(hashes: np.ndarray) -> np.ndarray:
    """Return hashes all of whose bits depend on all bits."""
    hashes ^= hashes >> np.uint64(32)
    hashes *= MIX
    hashes ^= hashes >> np.uint64(29)
    return hashes
