"""What a study's judge must fit: known prompts, a price where costs are bounded, judged metrics."""

from collections.abc import Mapping
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.study.prompts import load_prompts
from scripts.study.score import Judge

JUDGE_SCRIPTS = {"score_judgements", "score_correctness"}


def check_judge(judge: Judge | None, published: Mapping[str, Any]) -> None:
    """Refuse a judge whose prompts are unknown, or whose cost cannot be bounded.

    `published` are the judges of ``registry/reviews.yaml``, whose prompts may be named.
    """
    if judge is None:
        return
    known = [*load_prompts("judge"), *published]
    if judge.prompts not in known:
        raise InputError(
            f"score.judge.prompts: no wording {judge.prompts!r}{nearest(judge.prompts, known)}"
        )
    if judge.max_cost is not None and judge.price is None:
        raise InputError("score.judge.max_cost: found no price, expected score.judge.price as well")


def check_judged(
    metrics: Mapping[str, tuple[str, ...]], judge: Judge | None, entries: Mapping[str, Any]
) -> None:
    """Refuse a benchmark to be judged in a study that names no judge."""
    for benchmark, names in metrics.items():
        for name in names:
            if judge is None and JUDGE_SCRIPTS & set(entries[name]["tasks"].values()):
                raise InputError(
                    f"benchmarks.{benchmark}: its metric {name} needs a judge, found no score.judge"
                )
