"""COMET, by unbabel-comet: quality that a model trained on human judgements predicts.

Its files are hparams.yaml, model.ckpt and the encoder's config.json and tokenizer.json.
"""

import logging
import warnings
from pathlib import Path
from typing import Any

import yaml

from scripts.common.errors import InputError
from scripts.score.neural.published_weights import (
    PublishedWeights,
    Score,
    Triple,
    check_complete,
)

PACKAGE = "unbabel-comet"
NEEDS_SOURCE = True
KIND = "regression_metric"


def settings(weights: PublishedWeights) -> dict[str, object]:
    """Return what the score depends on beyond the weights: nothing."""
    return {}


def load(folder: Path, weights: PublishedWeights) -> Score:
    """Return what scores triples by the weights in the folder, the encoder's files included."""
    model = load_model(folder, weights.name)
    return lambda triples: score(model, triples, weights.batch)


def load_model(folder: Path, name: str) -> Any:
    """Return COMET's model; `InputError` if it is of another kind or lacks weights."""
    warnings.filterwarnings("ignore")  # its libraries' about each other's age
    import torch
    from comet.models import RegressionMetric  # type: ignore[import-not-found]

    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    kind = yaml.safe_load((folder / "hparams.yaml").read_text())["class_identifier"]
    if kind != KIND:
        raise InputError(f"checkpoint {name}: a {kind}, expected a {KIND}")
    # COMET's own load_from_checkpoint takes the encoder's name for that of a folder only where
    # hparams.yaml has it so, and leaves weights_only to chance.
    model = RegressionMetric.load_from_checkpoint(
        folder / "model.ckpt",
        map_location="cpu",
        weights_only=True,
        strict=False,  # old checkpoints hold position_ids, which are computed today
        pretrained_model=str(folder / "encoder"),
        load_pretrained_weights=False,
        local_files_only=True,
    )
    saved = torch.load(folder / "model.ckpt", map_location="cpu", weights_only=True, mmap=True)
    missing = [name for name, _ in model.named_parameters() if name not in saved["state_dict"]]
    check_complete(missing, name)
    return model


def score(model: Any, triples: list[Triple], batch: int) -> list[float]:
    """Return COMET's score of every triple."""
    import torch

    samples = [{"src": source, "mt": made, "ref": reference} for source, made, reference in triples]
    gpus = 1 if torch.cuda.is_available() else 0
    found = model.predict(samples, batch_size=batch, gpus=gpus, num_workers=0, progress_bar=False)
    return list(found.scores)
