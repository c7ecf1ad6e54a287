"""Score measured text: bits per byte or perplexity, with a bootstrap interval over records.

In: predictions of task ``text``. Out: a score file.

Example::

    python -m scripts.score.score_text --metric bpb \\
        --predictions results/predictions/x-llama-zh/text_en.jsonl \\
        --model x-llama-zh --benchmark text_en --output results/x-llama-zh/text_en.bpb
"""

import argparse

from scripts.common.command import run
from scripts.score.bootstrap import interval
from scripts.score.metrics import scorer, signature, statistics
from scripts.score.predictions import read_predictions, score_options, write_score


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    return score_options("score.score_text", __doc__.splitlines()[0], ("bpb", "ppl"))


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
