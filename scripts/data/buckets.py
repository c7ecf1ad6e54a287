"""How the hashes of a MinHash signature are dealt out to buckets.

Two texts are taken for near-duplicates where all hashes of one bucket are equal. With `b` buckets
of `r` hashes that is so with probability 1 - (1 - s^r)^b for texts of which the share `s` of
5-grams is the same (Jaccard).
"""

from dataclasses import dataclass

HASHES = 112  # in all, as datatrove and FineWeb have
FOUND = 0.9  # probability with which texts of the asked similarity are found, at least


@dataclass(frozen=True)
class Buckets:
    """How many hashes are compared together, and how often."""

    count: int
    hashes: int

    def probability(self, similarity: float) -> float:
        """Return how probably two texts of this Jaccard similarity are found."""
        return float(1 - (1 - similarity**self.hashes) ** self.count)


def plan_buckets(similarity: float) -> Buckets:
    """Return the strictest buckets that find texts of this similarity; of 0.8 FineWeb's 14 × 8."""
    choices = [Buckets(HASHES // hashes, hashes) for hashes in range(1, HASHES + 1)]
    return [one for one in choices if one.probability(similarity) >= FOUND][-1]
