"""Score texts by a neural metric: COMET, BLEURT or BERTScore, whichever the registry says.

In: predictions with references, and the files of published weights. Out: a score file: the mean
over records, and of several references the best. Runs in the environment of the metric's library,
which a module of scripts/score/neural calls:

- ``comet``: as ``comet-score`` prints it, about 0 to 1
- ``bleurt``: on BLEURT's own scale; BLEURT-20 puts most translations between 0 and 1
- ``bertscore``: 100 times the F1 that ``bert-score`` prints, without idf and without rescaling

What follows each ``--each`` is one score; the weights are loaded once. A score of the same
predictions, weights and settings is not computed again: hidden copies of its two files are kept
beside them (``.<benchmark>.<metric>.kept``); delete them to score again.

``PYTHONHASHSEED=0`` makes the last digits the same in every run: bert-score batches a set of texts.

Example::

    PYTHONHASHSEED=0 .cache/environments/bertscore-…/bin/python -m scripts.score.score_neural \\
        --predictions results/predictions/x-llama-zh/flores_en-zh.jsonl --metric bertscore \\
        --layer 9 \\
        --checkpoint bert-base-multilingual-cased --file config.json=config.json \\
        --file model.safetensors=model.safetensors --file vocab.txt=vocab.txt \\
        --file tokenizer_config.json=tokenizer_config.json \\
        --model x-llama-zh --benchmark flores_en-zh \\
        --output results/x-llama-zh/flores_en-zh.bertscore \\
        --records results/records/x-llama-zh/flores_en-zh.bertscore.jsonl
"""

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from scripts.common.command import named_path, positive, run_each
from scripts.common.errors import InputError, nearest
from scripts.common.files import sha256
from scripts.common.kept import keep, restore
from scripts.common.provenance import fingerprint, package_versions
from scripts.score.neural.published_weights import (
    PublishedWeights,
    Record,
    Score,
    best_scores,
    describe,
    weights_folder,
)
from scripts.score.predictions import read_predictions
from scripts.score.score_file import Scoring, read_scoring, score_options, version, write_score
from scripts.study.metrics import get_metric, load_metrics


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = score_options("score.score_neural", __doc__)
    options.add_argument("--checkpoint", required=True, help="its name in the registry")
    options.add_argument(
        "--file",
        action="append",
        type=named_path,
        required=True,
        metavar="NAME=PATH",
        help="a file of the weights, by the name that the library reads it under",
    )
    options.add_argument("--layer", type=positive, help="of the encoder, for BERTScore")
    options.add_argument("--batch-size", type=positive, default=16, help="at once (16)")
    return options


def main(several: list[argparse.Namespace]) -> None:
    """Write the score files; see the module's docstring."""
    weights = read_weights(several[0])
    if any(read_weights(arguments) != weights for arguments in several):
        raise InputError("--each: scores by several weights, expected one metric's")
    with ExitStack() as stack:

        @cache
        def load(module: ModuleType) -> Score:
            """Load the weights once, and only where something is to be scored."""
            found: Score = module.load(stack.enter_context(weights_folder(weights.files)), weights)
            return found

        for arguments in several:
            score(read_scoring(arguments), weights, load)


def read_weights(arguments: argparse.Namespace) -> PublishedWeights:
    """Return what the options say of the published weights."""
    return PublishedWeights(
        name=arguments.checkpoint,
        files=dict(arguments.file),
        batch=arguments.batch_size,
        layer=arguments.layer,
    )


def score(scoring: Scoring, weights: PublishedWeights, load: Callable[[ModuleType], Score]) -> None:
    """Write one score file and its records, unless the same were made before."""
    module = module_of(scoring.metric)
    settings = module.settings(weights)
    records = read_predictions(scoring.predictions, scoring.metric)
    if module.NEEDS_SOURCE:
        check_sources(records, scoring.predictions)
    mark = mark_of(scoring, weights, settings)
    outputs = [scoring.output, scoring.records]
    if restore(outputs, mark):
        return
    sums = best_scores(records, load(module))
    signature, details = describe(weights, module.PACKAGE, records, settings)
    write_score(scoring, [record["id"] for record in records], sums, signature, details)
    keep(outputs, mark)


def mark_of(scoring: Scoring, weights: PublishedWeights, settings: dict[str, object]) -> str:
    """Return the fingerprint of all that a score file depends on.

    The environment's packages are part of it.
    """
    parts = {
        "scoring": {field.name: str(getattr(scoring, field.name)) for field in fields(Scoring)},
        "predictions": sha256(scoring.predictions),
        "checkpoint": [weights.name, weights.layer, weights.batch],
        "files": {name: digest(path) for name, path in weights.files.items()},
        "settings": settings,
        "versions": [package_versions(), version()],
    }
    return fingerprint(parts, digits=64)


@cache
def digest(path: Path) -> str:
    """Return the SHA-256 of a file of weights, computed once a process."""
    if not path.is_file():
        raise InputError(f"{path}: no such file, expected one of the weights")
    return sha256(path)


def neural_metrics() -> list[str]:
    """Return the metrics that are computed by a neural network in an environment of its own."""
    return [name for name, metric in load_metrics().items() if metric.checkpoint]


def module_of(metric: str) -> ModuleType:
    """Return the module that computes a neural metric; `InputError` if the metric is none.

    A module has the library's name as `PACKAGE`; `NEEDS_SOURCE`, whether it reads sources;
    `settings`, what a score depends on besides; and `load`, which returns a `Score`.
    """
    known = neural_metrics()
    if metric not in known:
        raise InputError(f"--metric: no neural metric {metric!r}{nearest(metric, known)}")
    (name,) = set(get_metric(metric).tasks.values())
    return import_module(f"scripts.score.{name}")


def check_sources(records: list[Record], path: Path) -> None:
    """Refuse a record without a source."""
    for number, record in enumerate(records, 1):
        if not isinstance(record.get("input"), str):
            raise InputError(f"{path}:{number}: no input, expected the source")


if __name__ == "__main__":
    run_each(main, parser())
