"""Scores that are a function of sums over records: accuracy, bits per byte, perplexity."""

import argparse

from scripts.score.bootstrap import interval
from scripts.score.metrics import scorer, signature, statistics
from scripts.score.predictions import read_predictions, write_score


def write_summed_score(arguments: argparse.Namespace) -> None:
    """Score a script's predictions by its `--metric` and write the score file."""
    metric, samples, seed = arguments.metric, arguments.samples, arguments.seed
    records = read_predictions(arguments.predictions, metric)
    sums = statistics(metric, records)
    score = float(scorer(metric)(sums.sum(axis=0)))
    bounds = interval(sums, scorer(metric), samples, seed)
    write_score(arguments, score, bounds, len(records), signature(metric, records, samples, seed))
