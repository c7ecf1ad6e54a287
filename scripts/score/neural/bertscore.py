"""BERTScore, by bert-score: F1 of the likeness of words in their contexts, in percent."""

from contextlib import chdir
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.score.neural.published_weights import PublishedWeights, Score, Triple

PACKAGE = "bert-score"
NEEDS_SOURCE = False


def settings(weights: PublishedWeights) -> dict[str, object]:
    """Return what the score depends on beyond the weights; `InputError` without a layer."""
    if weights.layer is None:
        raise InputError("--layer: missing, expected the encoder's layer that BERTScore takes")
    return {"layer": weights.layer, "idf": "no", "rescaled": "no"}


def load(folder: Path, weights: PublishedWeights) -> Score:
    """Return what scores triples by the weights in the folder."""
    from bert_score import BERTScorer  # type: ignore[import-not-found]

    # A path with "t5" in it, which a temporary folder's may well have, would be taken for a T5.
    with chdir(folder.parent):
        scorer = BERTScorer(model_type=folder.name, num_layers=weights.layer)
    return lambda triples: score(scorer, triples, weights.batch)


def score(scorer: Any, triples: list[Triple], batch: int) -> list[float]:
    """Return 100 times the F1 of every triple; it reads no source."""
    _, made, references = zip(*triples, strict=True)
    _, _, found = scorer.score(list(made), list(references), batch_size=batch)
    return [100 * value for value in found.tolist()]
