"""Score predictions by a metric, with a bootstrap interval over records.

In: predictions of a task that the metric can score (registry/metrics.yaml says which module of
scripts/score/metrics computes it). Out: a score file, and a file with what each record adds to the
score. What follows each ``--each`` is one score.

Example::

    python -m scripts.score.score_predictions --metric bleu --tokenize zh \\
        --predictions results/predictions/x-llama-zh/flores_en-zh.jsonl \\
        --model x-llama-zh --benchmark flores_en-zh \\
        --output results/x-llama-zh/flores_en-zh.bleu \\
        --records results/records/x-llama-zh/flores_en-zh.bleu.jsonl
"""

import argparse
from importlib import import_module

from scripts.common.command import log, run_each
from scripts.common.errors import InputError
from scripts.score.metrics.settings import add_settings, read_settings
from scripts.score.predictions import read_predictions
from scripts.score.score_file import read_scoring, score_options, write_score
from scripts.study.metrics import load_metrics


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = score_options("score.score_predictions", __doc__)
    add_settings(options)
    return options


def main(several: list[argparse.Namespace]) -> None:
    """Write the scores and their records; see the module's docstring."""
    for arguments in several:
        log.info("%s: %s", arguments.predictions, arguments.metric)
        score(arguments)


def score(arguments: argparse.Namespace) -> None:
    """Write one score and its records."""
    scoring, settings = read_scoring(arguments), read_settings(arguments)
    metric = scoring.metric
    records = read_predictions(scoring.predictions, metric)
    name = load_metrics()[metric].tasks[records[0]["task"]]
    if not name.startswith("metrics."):
        raise InputError(f"--metric: {metric} is computed by scripts.score.{name}")
    module = import_module(f"scripts.score.{name}")
    found = module.statistics(metric, records, settings)
    describe = getattr(module, "details", None)
    write_score(
        scoring,
        [record["id"] for record in records],
        found,
        module.signature(metric, records, settings),
        describe(metric, records, found, settings) if describe else None,
    )


if __name__ == "__main__":
    run_each(main, parser())
