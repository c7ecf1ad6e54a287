"""Metrics of choices and of running text: statistics a record, and the score of their sums."""

import tomllib
from functools import cache
from typing import Any

import numpy as np

from scripts.common.files import ROOT
from scripts.score.bootstrap import Scorer

Record = dict[str, Any]

# Which task's predictions each metric is for.
TASKS = {
    "bleu": "translation",
    "chrf": "translation",
    "accuracy": "choice",
    "bpb": "text",
    "ppl": "text",
}


def statistics(metric: str, records: list[Record]) -> np.ndarray:
    """Return the metric's (n, 2) numerators and denominators, a row a record."""
    if metric == "accuracy":
        rows = [(record["prediction"] == record["answer"], 1) for record in records]
    else:
        count = "bytes" if metric == "bpb" else "tokens"
        rows = [(record["nats"], record[count]) for record in records]
    return np.array(rows, dtype=np.float64)


def scorer(metric: str) -> Scorer:
    """Return how a metric's sums, shape (..., 2), become scores.

    accuracy: percent; bpb: bits per byte; ppl: exp of nats per token, comparable between models
    of one vocabulary only.
    """
    return {
        "accuracy": lambda sums: 100 * sums[..., 0] / sums[..., 1],
        "bpb": lambda sums: sums[..., 0] / np.log(2) / sums[..., 1],
        "ppl": lambda sums: np.exp(sums[..., 0] / sums[..., 1]),
    }[metric]


def signature(metric: str, records: list[Record], samples: int, seed: int) -> str:
    """Return what the score depends on, in the form of sacrebleu's signatures."""
    parts: dict[str, Any] = {"metric": metric}
    if metric != "accuracy":
        parts["window"] = "+".join(map(str, sorted({record["window"] for record in records})))
    parts |= {"n": len(records), "bootstrap": samples, "seed": seed, "lingraft": version()}
    return "|".join(f"{key}:{value}" for key, value in parts.items())


@cache
def version() -> str:
    """Return lingraft's version."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
