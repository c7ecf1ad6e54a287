"""Benchmarks of lm-evaluation-harness, ``lm-eval/<task>`` under a study's `benchmarks`.

The harness asks, answers and scores; its samples become predictions like all others. Such a
benchmark is called ``lm-eval-<task>_<language>`` in files and tables::

    benchmarks:
      lm-eval/arc_challenge: {shots: 25, metrics: [acc_norm]}   # lm-eval-arc_challenge_en
"""

from dataclasses import dataclass
from pathlib import Path

from scripts.common.settings import key, settings

PREFIX = "lm-eval/"
ENVIRONMENT = "lm-eval"
TASK = "harness"
# What the harness calls the metrics of registry/metrics.yaml that score its answers.
METRICS = {"accuracy": "acc", "accuracy_macro": "acc"}


@settings
class Harness:
    """How lm-evaluation-harness puts one of its tasks, or a group of them, to a model."""

    shots: int | None = key(
        "solved examples before each question; unset: the task's own number",
        default=None,
        minimum=0,
    )
    metrics: tuple[str, ...] = key(
        "metrics of the task: `accuracy` is its acc, and `accuracy_macro` that by the tasks of a "
        "group",
        default=("accuracy",),
        minItems=1,
        uniqueItems=True,
    )
    limit: int | None = key(
        "questions that are asked, a sample drawn by the seed; unset: all", default=None, minimum=1
    )
    filter: str | None = key(
        "which reading of the answers counts where the task has several, as `strict-match` and "
        "`flexible-extract` of gsm8k; unset: the first",
        default=None,
    )
    tasks: str | None = key(
        "folder of task files of one's own (the harness's --include_path), beside the study's file",
        default=None,
    )
    chat_template: bool = key(
        "questions are turns of the tokenizer's chat template; false: as the task words them",
        default=False,
    )
    language: str = key("language of the answers, which the name ends in", default="en")


@dataclass(frozen=True)
class HarnessTask:
    """One benchmark of the harness: its task there, how it is put, and one's own task files."""

    task: str
    harness: Harness
    folder: Path | None


def value_of(metric: str) -> str:
    """Return the harness's name of a metric."""
    return METRICS.get(metric, metric)
