"""The judge of a study's open questions: `score.judge`."""

from collections.abc import Mapping
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.study.prompts import load_prompts

JUDGE_DEFAULTS = {
    "key": "OPENAI_API_KEY",
    "prompts": "brief",
    "orders": "both",
    "samples": 1,
    "temperature": None,
    "max_tokens": None,
    "language_check": True,
    "concurrency": 4,
    "requests_per_minute": None,
    "timeout": 120,
    "price": None,
    "max_cost": None,
}
JUDGE_SCRIPT = "score_judgements"


def parse_judge(
    settings: Mapping[str, Any], published: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return the study's judge with defaults filled in, None where it has none.

    `published` are the judges of ``registry/reviews.yaml``, whose prompts may be named.
    """
    written = settings.get("score", {}).get("judge")
    if written is None:
        return None
    judge = JUDGE_DEFAULTS | written
    known, name = [*load_prompts("judge"), *published], judge["prompts"]
    if name not in known:
        raise InputError(f"score.judge.prompts: no wording {name!r}{nearest(name, known)}")
    if judge["max_cost"] is not None and judge["price"] is None:
        raise InputError("score.judge.max_cost: found no price, expected score.judge.price as well")
    return judge


def check_judged(
    metrics: Mapping[str, tuple[str, ...]],
    judge: Mapping[str, Any] | None,
    entries: Mapping[str, Any],
) -> None:
    """Refuse a benchmark to be judged in a study that names no judge."""
    for benchmark, names in metrics.items():
        for name in names:
            if judge is None and JUDGE_SCRIPT in entries[name]["tasks"].values():
                raise InputError(
                    f"benchmarks.{benchmark}: its metric {name} needs a judge, found no score.judge"
                )
