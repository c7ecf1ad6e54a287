"""The two files of a score: the score with its interval, and what each record adds to it."""

import argparse
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from scripts.common.command import make_parser, positive
from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_json, read_records, sha256, write_json, write_jsonl
from scripts.common.provenance import meta_path
from scripts.score.intervals import Interval, interval
from scripts.score.resampling import CONFIDENCE, SAMPLES, SEED
from scripts.score.scorers import limits, scale, scorer


@dataclass(frozen=True)
class Scoring:
    """What is scored and how its interval is resampled; the score goes to `output`.

    `records` is where the statistics of each record go.
    """

    predictions: Path
    metric: str
    model: str
    benchmark: str
    samples: int
    seed: int
    output: Path
    records: Path


def score_options(name: str, docs: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options of every scoring script."""
    options = make_parser(name, docs)
    options.add_argument("--predictions", type=Path, required=True, help="JSON lines")
    options.add_argument("--metric", required=True, help="a name in registry/metrics.yaml")
    options.add_argument("--model", required=True, help="the model's name")
    options.add_argument("--benchmark", required=True, help="the benchmark's name")
    options.add_argument("--samples", type=positive, default=SAMPLES, help=f"resamples ({SAMPLES})")
    options.add_argument("--seed", type=int, default=SEED, help=f"of the resampling ({SEED})")
    options.add_argument("--output", type=Path, required=True, help="score, JSON")
    options.add_argument("--records", type=Path, required=True, help="each record's, JSON lines")
    return options


def read_scoring(arguments: argparse.Namespace) -> Scoring:
    """Return what the options of `score_options` say."""
    return Scoring(**{field.name: getattr(arguments, field.name) for field in fields(Scoring)})


def write_score(
    scoring: Scoring,
    ids: list[str],
    statistics: np.ndarray,
    signature: Mapping[str, Any],
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write the score of (n, k) statistics, one row per record, and a line for each record.

    Neither file holds a time, so that equal predictions give equal bytes. `signature` says what
    the score depends on beyond metric, n and resampling; `details` join the score file. `counted`
    are the records that have a score of their own: of the n, some may say nothing.
    """
    score = scorer(scoring.metric)
    scores = score(statistics)
    write_jsonl(scoring.records, list_records(ids, statistics, scores))
    counted = int((~np.isnan(scores)).sum())
    options = (scoring.samples, scoring.seed, limits(scoring.metric), scale(scoring.metric))
    found = interval(statistics, score, *options)
    record = score_record(
        scoring,
        number(score(statistics.sum(axis=0))),
        found,
        (len(ids), counted),
        signature,
    )
    write_json(scoring.output, record | dict(details or {}))


def score_record(
    scoring: Scoring,
    score: float | None,
    bounds: Interval,
    counts: tuple[int, int],
    signature: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a score file's content but for details; `counts` are all records and those counted.

    The predictions and records of `scoring` must exist: their SHA-256 is in it.
    """
    n, counted = counts
    return {
        "model": scoring.model,
        "benchmark": scoring.benchmark,
        "metric": scoring.metric,
        "score": score,
        "interval": [number(bound) for bound in (bounds.low, bounds.high)],
        "interval_method": bounds.method,
        "confidence": CONFIDENCE,
        "n": n,
        "counted": counted,
        "signature": sign(scoring, n, signature),
        "predictions": describe_file(scoring.predictions),
        "records": describe_file(scoring.records),
    }


def list_records(
    ids: list[str], statistics: np.ndarray, scores: np.ndarray
) -> Iterable[dict[str, Any]]:
    """Yield a record's id, its own score and its statistics."""
    for name, row, score in zip(ids, statistics.tolist(), scores.tolist(), strict=True):
        whole = [int(value) if value.is_integer() else value for value in row]
        yield {"id": name, "score": number(score), "statistics": whole}


def number(value: Any) -> float | None:
    """Return a number that JSON has, None for what is none."""
    return float(value) if np.isfinite(value) else None


def sign(scoring: Scoring, n: int, parts: Mapping[str, Any]) -> str:
    """Return what a score depends on, in the form of sacrebleu's signatures."""
    resampling = {"bootstrap": scoring.samples, "seed": scoring.seed}
    whole = {"metric": scoring.metric, **parts, **number_type(scoring.predictions), "n": n}
    whole |= {**resampling, "lingraft": version()}
    return "|".join(f"{key}:{value}" for key, value in whole.items())


def number_type(predictions: Path) -> dict[str, str]:
    """Return the ``dtype`` that the model predicted in, where the predictions' provenance says."""
    path = meta_path(predictions)
    if not path.exists():
        return {}
    settings = read_json(path, "the provenance of predictions", {"settings": dict})["settings"]
    return {"dtype": settings["dtype"]} if "dtype" in settings else {}


def describe_file(path: Path) -> dict[str, str]:
    """Return where a file lies and its SHA-256."""
    return {"path": str(path), "sha256": sha256(path)}


@cache
def version() -> str:
    """Return lingraft's version."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


def read_score(path: Path) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """Return a score file and its records' statistics by id.

    `InputError` where a file is missing or malformed, or the records are not those scored.
    """
    score = read_json(path, "a score file")
    try:
        records, expected = Path(score["records"]["path"]), score["records"]["sha256"]
        if records.is_file() and sha256(records) != expected:
            raise InputError(f"{records}: not the records that {path} was made of; score again")
        rows = {row["id"]: row["statistics"] for row in read_records(records, "scored records")}
    except (KeyError, TypeError):
        raise InputError(f"{path}: no score file; expected one of scripts.score") from None
    return score, rows
