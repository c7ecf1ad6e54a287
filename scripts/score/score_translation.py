"""Score translations with sacrebleu: BLEU or chrF, with a bootstrap interval over records.

In: predictions of task ``translation``. Out: a score file whose number is the one that the
``sacrebleu`` command line prints for the same hypotheses and references, with its signature.

Example::

    python -m scripts.score.score_translation --metric bleu --tokenize zh \\
        --predictions results/predictions/x-llama-zh/flores_en-zh.jsonl \\
        --model x-llama-zh --benchmark flores_en-zh \\
        --output results/x-llama-zh/flores_en-zh.bleu
"""

import argparse

from scripts.common.command import run
from scripts.score.bootstrap import interval
from scripts.score.predictions import read_predictions, score_options, write_score
from scripts.score.sacrebleu_metric import make_metric, scorer, statistics


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = score_options("score.score_translation", __doc__.splitlines()[0], ("bleu", "chrf"))
    options.add_argument("--tokenize", default="13a", help="sacrebleu's tokenizer, for BLEU (13a)")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Write the score file; see the module's docstring."""
    metric = make_metric(arguments.metric, arguments.tokenize)
    records = read_predictions(arguments.predictions, arguments.metric)
    counts = statistics(metric, records, arguments.predictions)
    score = float(scorer(metric)(counts.sum(axis=0)))
    bounds = interval(counts, scorer(metric), arguments.samples, arguments.seed)
    settings = f"bootstrap:{arguments.samples}|rs:{arguments.seed}"
    signature = f"{metric.get_signature().format()}|{settings}"
    write_score(arguments, score, bounds, len(records), signature)


if __name__ == "__main__":
    run(main, parser())
