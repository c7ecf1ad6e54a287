"""Score texts by a neural metric: COMET, BLEURT or BERTScore, whichever the registry says.

In: predictions with references, and the files of published weights. Out: a score file: the mean
over records, and of several references the best. Runs in the environment of the metric's library,
which a module of scripts/score/neural calls:

- ``comet``: as ``comet-score`` prints it, about 0 to 1
- ``bleurt``: on BLEURT's own scale; BLEURT-20 puts most translations between 0 and 1
- ``bertscore``: 100 times the F1 that ``bert-score`` prints, without idf and without rescaling

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
from importlib import import_module
from pathlib import Path
from types import ModuleType

from scripts.common.command import named_path, positive, run
from scripts.common.errors import InputError, nearest
from scripts.score.neural.published_weights import (
    PublishedWeights,
    Record,
    best_scores,
    describe,
    weights_folder,
)
from scripts.score.predictions import read_predictions
from scripts.score.score_file import read_scoring, score_options, write_score
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


def main(arguments: argparse.Namespace) -> None:
    """Write the score file; see the module's docstring."""
    scoring = read_scoring(arguments)
    weights = PublishedWeights(
        name=arguments.checkpoint,
        files=dict(arguments.file),
        batch=arguments.batch_size,
        layer=arguments.layer,
    )
    module = module_of(scoring.metric)
    settings = module.settings(weights)
    records = read_predictions(scoring.predictions, scoring.metric)
    if module.NEEDS_SOURCE:
        check_sources(records, scoring.predictions)
    with weights_folder(weights.files) as folder:
        sums = best_scores(records, module.load(folder, weights))
    signature, details = describe(weights, module.PACKAGE, records, settings)
    write_score(scoring, [record["id"] for record in records], sums, signature, details)


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
    run(main, parser())
