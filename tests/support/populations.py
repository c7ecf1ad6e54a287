"""Populations of records whose true score is known, as statistics of records: (n, k) rows.

`POPULATIONS` has by name the metric that scores them, a function that draws n records with a
random generator, and the true score.
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from scripts.score.metrics import translation
from scripts.score.metrics.settings import Settings
from scripts.score.scorers import scorer

Draw = Callable[[np.random.Generator, int], np.ndarray]
Population = tuple[str, Draw, float]
SIZE = 4000  # sentences of which those that are drawn are a sample
WORDS = [f"w{number}" for number in range(300)]


def shares(values: Callable[[np.random.Generator, int], np.ndarray]) -> Draw:
    """Return rows of a value between 0 and 1, and 1."""
    return lambda generator, n: np.stack([values(generator, n), np.ones(n)], axis=1)


def right(share: float, generator: np.random.Generator, n: int) -> np.ndarray:
    """Draw right and wrong answers."""
    return (generator.random(n) < share).astype(float)


def overlaps(nothing: float, generator: np.random.Generator, n: int) -> np.ndarray:
    """Draw values as of F1: `nothing` is the share of zeros, of the others half are 1."""
    values = np.where(generator.random(n) < 0.5, 1.0, generator.beta(2, 2, n))
    return np.where(generator.random(n) < nothing, 0.0, values)


def points(generator: np.random.Generator, n: int) -> np.ndarray:
    """Draw a judge's losses, ties and wins."""
    return generator.choice([0, 0.5, 1], n, p=[0.3, 0.3, 0.4])


def texts(generator: np.random.Generator, n: int) -> np.ndarray:
    """Draw nats and bytes of texts of 30 to 400 bytes, at 1.5 bits a byte on average."""
    sizes = generator.integers(30, 400, n)
    return np.stack([generator.gamma(16, 1.5 * np.log(2) / 16, n) * sizes, sizes], axis=1)


@cache
def sentences(metric: str) -> np.ndarray:
    """Return the statistics of `SIZE` translations, from word for word to hardly one in common."""
    generator = np.random.default_rng(9)
    records = []
    for number in range(SIZE):
        words = generator.choice(WORDS, generator.integers(5, 30))
        kept = generator.random(len(words)) < generator.beta(1.5, 1.5)
        other = generator.choice(WORDS, len(words))
        text = " ".join(np.where(kept, words, other))
        records.append({"id": str(number), "prediction": text, "references": [" ".join(words)]})
    return translation.statistics(metric, records, Settings())


def translations(metric: str, generator: np.random.Generator, n: int) -> np.ndarray:
    """Draw translations."""
    return sentences(metric)[generator.integers(SIZE, size=n)]


@cache
def populations() -> dict[str, Population]:
    """Return all of them."""
    found: dict[str, Population] = {
        f"right or wrong, {100 * share:g} % right": (
            "accuracy", shares(partial(right, share)), 100 * share,
        )
        for share in (0.5, 0.75, 0.95)
    }  # fmt: skip
    for nothing in (0.3, 0.7):
        name = f"F1, {100 * nothing:g} % zero"
        found[name] = ("f1", shares(partial(overlaps, nothing)), 75 * (1 - nothing))
    found["a judge's points"] = ("judge", shares(points), 55)
    found["bits a byte"] = ("bpb", texts, 1.5)
    for metric in ("bleu", "chrf"):
        truth = float(scorer(metric)(sentences(metric).sum(axis=0)))
        found[f"corpus {metric}"] = (metric, partial(translations, metric), truth)
    return found
