"""Strengths of several systems from comparisons of pairs (Bradley & Terry 1952).

System i wins against j with the probability 1 / (1 + exp(b_j - b_i)); a tie is half a win for
each. Strengths are the likeliest ones if each pair that was compared had tied once more: without
that tie, a system that never lost would be infinitely strong.
"""

import numpy as np

PRIOR = 0.5  # of a win for each of a pair: the one tie more
ROUNDS = 10_000
CLOSE = 1e-9  # of strengths, in nats, between two rounds


def fit_strengths(wins: np.ndarray, pairs: np.ndarray, count: int) -> np.ndarray:
    """Return (..., count) strengths in nats, that of the first system 0.

    Found by minorisation (Hunter 2004), of which each round is nearer than the one before.

    Args:
        wins: (..., 2 p): how often the first of each of p pairs won, then how often the second did.
        pairs: (p, 2): the numbers of the systems of each pair, which connect all systems.
        count: the number of systems.
    """
    one, other = pairs.T
    won = wins + PRIOR
    played = won[..., : len(pairs)] + won[..., len(pairs) :]
    ones = np.eye(count)[np.concatenate([one, other])]
    totals = won @ ones  # of each system
    strengths = np.zeros(totals.shape)
    for _ in range(ROUNDS):
        powers = np.exp(strengths)
        shares = played / (powers[..., one] + powers[..., other])
        found = np.log(totals / (np.concatenate([shares, shares], axis=-1) @ ones))
        found -= found[..., :1]
        step = np.abs(found - strengths).max()
        strengths = found
        if step < CLOSE:
            break
    return strengths


def find_unreachable(pairs: np.ndarray, count: int) -> list[int]:
    """Return the systems that no comparison connects with the first, directly or through others."""
    reached = {0}
    for _ in range(count):
        reached |= {
            int(system) for pair in pairs if reached & set(map(int, pair)) for system in pair
        }
    return [number for number in range(count) if number not in reached]
