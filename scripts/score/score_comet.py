"""Score translations with COMET: the mean over records, as ``comet-score`` prints it.

In: predictions of task ``translation`` and a checkpoint's files (hparams.yaml, model.ckpt and the
encoder's config.json and tokenizer.json). Out: a score file on COMET's own scale, about 0 to 1.
Runs in the environment ``comet``. Of several references the best counts.

Example::

    .cache/environments/comet-…/bin/python -m scripts.score.score_comet \\
        --predictions results/predictions/x-llama-zh/flores_en-zh.jsonl --metric comet \\
        --checkpoint wmt22-comet-da --file hparams.yaml=hparams.yaml --file model.ckpt=model.ckpt \\
        --file encoder/config.json=config.json --file encoder/tokenizer.json=tokenizer.json \\
        --model x-llama-zh --benchmark flores_en-zh \\
        --output results/x-llama-zh/flores_en-zh.comet \\
        --records results/records/x-llama-zh/flores_en-zh.comet.jsonl
"""

import argparse
import logging
import warnings
from pathlib import Path

import yaml

from scripts.common.command import run
from scripts.common.errors import InputError
from scripts.score.checkpoint import Score, check_complete, checkpoint_options, score_records
from scripts.score.predictions import read_predictions

KIND = "regression_metric"


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    return checkpoint_options("score.score_comet", __doc__.splitlines()[0])


def main(arguments: argparse.Namespace) -> None:
    """Write the score file; see the module's docstring."""
    records = read_predictions(arguments.predictions, arguments.metric)
    for number, record in enumerate(records, 1):
        if not isinstance(record.get("input"), str):
            raise InputError(f"{arguments.predictions}:{number}: no input, expected the source")

    def open_checkpoint(folder: Path) -> Score:
        model = load(folder, arguments.checkpoint)
        return lambda pairs: scores(model, pairs, arguments.batch_size)

    score_records(arguments, records, "unbabel-comet", open_checkpoint)


def load(folder: Path, checkpoint: str):
    """Return COMET's model with the checkpoint's weights; its encoder's files are the folder's."""
    warnings.filterwarnings("ignore")  # its libraries' about each other's age
    import torch
    from comet.models import RegressionMetric

    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    kind = yaml.safe_load((folder / "hparams.yaml").read_text())["class_identifier"]
    if kind != KIND:
        raise InputError(f"checkpoint {checkpoint}: a {kind}, expected a {KIND}")
    # COMET's own load_from_checkpoint takes the encoder's name for that of a folder only where it
    # stands so in hparams.yaml, and leaves weights_only to chance.
    model = RegressionMetric.load_from_checkpoint(
        folder / "model.ckpt",
        map_location="cpu",
        weights_only=True,
        strict=False,  # old checkpoints hold position_ids, which are computed today
        pretrained_model=str(folder / "encoder"),
        load_pretrained_weights=False,
        local_files_only=True,
    )
    there = torch.load(folder / "model.ckpt", map_location="cpu", weights_only=True, mmap=True)
    missing = [name for name, _ in model.named_parameters() if name not in there["state_dict"]]
    check_complete(missing, checkpoint)
    return model


def scores(model, pairs: list[tuple[str, str, str]], batch: int) -> list[float]:
    """Return COMET's score of every (source, translation, reference)."""
    import torch

    samples = [{"src": source, "mt": made, "ref": reference} for source, made, reference in pairs]
    gpus = 1 if torch.cuda.is_available() else 0
    found = model.predict(samples, batch_size=batch, gpus=gpus, num_workers=0, progress_bar=False)
    return found.scores


if __name__ == "__main__":
    run(main, parser())
