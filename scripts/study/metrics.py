"""The metrics of ``registry/metrics.yaml``: names, directions, and what computes each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from scripts.common.files import ROOT


@dataclass(frozen=True)
class Metric:
    """`decimals` is None where it depends on the scale of the scores (0–1 or 0–100).

    `tasks` says for each task what computes the metric: a module of ``scripts.score``, which
    is ``metrics.<family>``, ``neural.<library>`` or the script of a rule of its own.
    """

    name: str
    label: str
    meaning: str
    better: str = "higher"
    decimals: int | None = None
    tasks: Mapping[str, str] = field(default_factory=dict)
    sums: str = "mean"
    tool: str = ""
    sentencepiece: Mapping[str, Any] | None = None
    checkpoint: Mapping[str, Any] | None = None

    @property
    def lower_is_better(self) -> bool:
        """Tell whether less is better; where neither is, no score is better than another."""
        return self.better == "lower"

    @property
    def arrow(self) -> str:
        """Return the direction in which the metric improves."""
        return {"lower": "↓", "higher": "↑", "neither": ""}[self.better]


@cache
def load_metrics() -> dict[str, Metric]:
    """Return every metric by name, in the registry's order."""
    text = (ROOT / "registry" / "metrics.yaml").read_text(encoding="utf-8")
    return {name: Metric(name, **facts) for name, facts in yaml.safe_load(text).items()}


def get_metric(name: str) -> Metric:
    """Return what is known of a metric; an unknown one keeps its name and counts upwards."""
    return load_metrics().get(name) or Metric(name, name, name)


def metrics_of(task: str) -> list[str]:
    """Return the names of the metrics that score a task."""
    return [name for name, metric in load_metrics().items() if task in metric.tasks]
