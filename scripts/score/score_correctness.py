"""Score a model by a judge's word on each of its answers, with an interval over questions.

In: judgements of `judge_correctness`. Out: the score, the percent of answers that the judge calls
correct (of several samples, the share that do), and in the score file also how many are correct,
wrong, empty and open. An answer on which the judge said neither YES nor NO stays open: it is not
counted. (x-LLM's script counts it as wrong.)

Example::

    python -m scripts.score.score_correctness --metric judge_correct \\
        --predictions results/judgements/x-llama-zh/xquad_zh.correct.jsonl \\
        --model x-llama-zh --benchmark xquad_zh \\
        --output results/x-llama-zh/xquad_zh.judge_correct \\
        --records results/records/x-llama-zh/xquad_zh.judge_correct.jsonl
"""

import argparse
from typing import Any

import numpy as np

from scripts.common.command import log, run
from scripts.common.errors import InputError
from scripts.common.files import read_records
from scripts.score.judging.judgements import count_failures
from scripts.score.score_file import read_scoring, score_options, write_score

METRIC = "judge_correct"
FIELDS = ("id", "asked", "reviews")


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    return score_options("score.score_correctness", __doc__)


def main(arguments: argparse.Namespace) -> None:
    """Write the score and its records; see the module's docstring."""
    scoring = read_scoring(arguments)
    if scoring.metric != METRIC:
        raise InputError(f"--metric: found {scoring.metric!r}, expected {METRIC}")
    records = read_records(scoring.predictions, "judgements")
    for number, record in enumerate(records, 1):
        missing = [field for field in FIELDS if field not in record]
        if missing:
            raise InputError(f"{scoring.predictions}:{number}: no {missing[0]}, not a judgement")
    shares = [share_correct(record["reviews"]) for record in records]
    if all(share is None for share in shares):
        log.info("%s: no answer was judged, so there is no score", scoring.predictions)
    rows = [(0.0, 0.0) if share is None else (share, 1.0) for share in shares]
    asked = records[0]["asked"]
    write_score(
        scoring,
        [record["id"] for record in records],
        np.array(rows),
        {key: asked[key] for key in ("judge", "wording", "temperature", "max_tokens", "samples")},
        summarise(records, shares),
    )


def share_correct(reviews: list[dict[str, Any]]) -> float | None:
    """Return the share of the replies that say YES, 0 of an empty answer, None where none says."""
    said = [review["correct"] for review in reviews if review["correct"] is not None]
    if not reviews:
        return 0.0
    return sum(said) / len(said) if said else None


def summarise(records: list[dict[str, Any]], shares: list[float | None]) -> dict[str, Any]:
    """Return the details of a score file."""
    return {
        "judge": records[0]["asked"],
        "correct": sum(share is not None and share > 0.5 for share in shares),
        "empty": sum(not record["reviews"] for record in records),
        "open": sum(share is None for share in shares),
        "failures": {
            "reviews": sum(len(record["reviews"]) for record in records),
            "reasons": count_failures(records),
        },
    }


if __name__ == "__main__":
    run(main, parser())
