"""Score answers to a choice benchmark: accuracy in percent, with a bootstrap interval.

In: predictions of task ``choice``. Out: a score file.

Example::

    python -m scripts.score.score_choices --metric accuracy \\
        --predictions results/predictions/x-llama-zh/gloss_zh.jsonl \\
        --model x-llama-zh --benchmark gloss_zh --output results/x-llama-zh/gloss_zh.accuracy
"""

import argparse

from scripts.common.command import run
from scripts.score.bootstrap import interval
from scripts.score.metrics import scorer, signature, statistics
from scripts.score.predictions import read_predictions, score_options, write_score


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    return score_options("score.score_choices", __doc__.splitlines()[0], ("accuracy",))


def main(arguments: argparse.Namespace) -> None:
    """Write the score file; see the module's docstring."""
    metric, samples, seed = arguments.metric, arguments.samples, arguments.seed
    records = read_predictions(arguments.predictions, metric)
    sums = statistics(metric, records)
    score = float(scorer(metric)(sums.sum(axis=0)))
    bounds = interval(sums, scorer(metric), samples, seed)
    write_score(arguments, score, bounds, len(records), signature(metric, records, samples, seed))


if __name__ == "__main__":
    run(main, parser())
