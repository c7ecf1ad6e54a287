"""BLEURT, by bleurt-pytorch: likeness to the reference, learnt from human judgements.

A pair of more than 512 pieces is cut, as in Google's implementation.
"""

from pathlib import Path
from typing import Any

from scripts.score.neural.published_weights import (
    PublishedWeights,
    Score,
    Triple,
    check_complete,
)

PACKAGE = "bleurt-pytorch"
NEEDS_SOURCE = False


def settings(weights: PublishedWeights) -> dict[str, object]:
    """Return what the score depends on beyond the weights: nothing."""
    return {}


def load(folder: Path, weights: PublishedWeights) -> Score:
    """Return what scores triples by the weights in the folder."""
    model, tokenizer = load_model(folder, weights.name)
    return lambda triples: score(model, tokenizer, triples, weights.batch)


def load_model(folder: Path, name: str) -> tuple[Any, Any]:
    """Return BLEURT's model and tokenizer; `InputError` if weights are missing."""
    import torch
    from bleurt_pytorch import (  # type: ignore[import-not-found]
        BleurtForSequenceClassification,
        BleurtTokenizer,
    )

    model, found = BleurtForSequenceClassification.from_pretrained(
        folder, output_loading_info=True, local_files_only=True, weights_only=True
    )
    check_complete(sorted(found["missing_keys"]), name)
    tokenizer = BleurtTokenizer.from_pretrained(folder, local_files_only=True)
    return model.eval().to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def score(model: Any, tokenizer: Any, triples: list[Triple], batch: int) -> list[float]:
    """Return BLEURT's score of every triple; it reads no source."""
    import torch

    found: list[float] = []
    for start in range(0, len(triples), batch):
        _, made, references = zip(*triples[start : start + batch], strict=True)
        inputs = tokenizer(
            list(references),
            list(made),
            padding="longest",
            truncation="longest_first",
            max_length=model.config.max_position_embeddings,
            return_tensors="pt",
        )
        with torch.no_grad():
            found += model(**inputs.to(model.device)).logits.flatten().tolist()
    return found
