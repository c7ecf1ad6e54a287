"""Score answers to a choice benchmark: accuracy in percent, with a bootstrap interval.

In: predictions of task ``choice``. Out: a score file.

Example::

    python -m scripts.score.score_choices --metric accuracy \\
        --predictions results/predictions/x-llama-zh/gloss_zh.jsonl \\
        --model x-llama-zh --benchmark gloss_zh --output results/x-llama-zh/gloss_zh.accuracy
"""

import argparse

from scripts.common.command import run
from scripts.score.predictions import score_options
from scripts.score.summed_score import write_summed_score


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    return score_options("score.score_choices", __doc__.splitlines()[0], ("accuracy",))


main = write_summed_score


if __name__ == "__main__":
    run(main, parser())
