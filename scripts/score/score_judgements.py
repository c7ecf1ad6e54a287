"""Score a model by a judge's comparison with its baseline, with an interval over questions.

In: judgements of `judge_answers`. Out: the score, the percent of questions that the model wins, a
tie counting half (50: as good as the baseline), and in the score file also wins, ties and losses,
mean scores of both (by category, micro, macro), agreement between the two orders, the correlation
of score with length, and failures. `judge` means both orders and all samples; `judge_paper` is what
the papers' scripts look at: one reply, with the model's answer first.

A question whose review could not be read stays open: it adds nothing to either side.

Example::

    python -m scripts.score.score_judgements --metric judge \\
        --predictions results/judgements/x-llama-zh/vicuna_en.jsonl \\
        --model x-llama-zh --benchmark vicuna_en \\
        --output results/x-llama-zh/vicuna_en.judge \\
        --records results/records/x-llama-zh/vicuna_en.judge.jsonl
"""

import argparse
from typing import Any

import numpy as np

from scripts.common.command import log, run
from scripts.common.errors import InputError
from scripts.common.files import read_records
from scripts.score.judging.judgements import Verdict, give_verdict
from scripts.score.judging.summary import summarise
from scripts.score.score_file import read_scoring, score_options, write_score

METRICS = ("judge", "judge_paper")
FIELDS = ("id", "category", "lengths", "languages", "asked", "reviews")


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    return score_options("score.score_judgements", __doc__)


def main(arguments: argparse.Namespace) -> None:
    """Write the score and its records; see the module's docstring."""
    scoring = read_scoring(arguments)
    if scoring.metric not in METRICS:
        raise InputError(f"--metric: found {scoring.metric!r}, expected {' or '.join(METRICS)}")
    paper = scoring.metric == "judge_paper"
    records = read_records(scoring.predictions, "judgements")
    for number, record in enumerate(records, 1):
        missing = [field for field in FIELDS if field not in record]
        if missing:
            raise InputError(f"{scoring.predictions}:{number}: no {missing[0]}, not a judgement")
    verdicts = [give_verdict(record, paper) for record in records]
    if all(verdict.points is None for verdict in verdicts):
        log.info("%s: no question was decided, so there is no score", scoring.predictions)
    write_score(
        scoring,
        [verdict.id for verdict in verdicts],
        count_points(verdicts),
        sign(records, paper),
        summarise(records, verdicts, paper),
    )


def count_points(verdicts: list[Verdict]) -> np.ndarray:
    """Return (n, 2): points and 1, or twice nothing where a question stayed open."""
    rows = [(0, 0) if one.points is None else (one.points, 1) for one in verdicts]
    return np.array(rows, dtype=np.float64)


def sign(records: list[dict[str, Any]], paper: bool) -> dict[str, str]:
    """Return what a judge's score depends on; it is the same for a baseline against itself."""
    asked = [record["asked"] for record in records]
    parts = {
        key: "+".join(sorted({str(one[key]) for one in asked}))
        for key in ("baseline", "judge", "wording", "temperature", "max_tokens")
    }
    orders, samples = asked[0]["orders"], str(asked[0]["samples"])
    if paper:
        orders, samples = "model first", "1"
    check = "lid.176" if asked[0]["language_check"] else "no"
    return {**parts, "orders": orders, "samples": samples, "languages": check}


if __name__ == "__main__":
    run(main, parser())
