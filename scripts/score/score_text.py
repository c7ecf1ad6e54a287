"""Score measured text: bits per byte or perplexity, with a bootstrap interval over records.

In: predictions of task ``text``. Out: a score file.

Example::

    python -m scripts.score.score_text --metric bpb \\
        --predictions results/predictions/x-llama-zh/text_en.jsonl \\
        --model x-llama-zh --benchmark text_en --output results/x-llama-zh/text_en.bpb
"""

import argparse

from scripts.common.command import run
from scripts.score.predictions import score_options
from scripts.score.summed_score import write_summed_score


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    return score_options("score.score_text", __doc__.splitlines()[0], ("bpb", "ppl"))


main = write_summed_score


if __name__ == "__main__":
    run(main, parser())
