"""What tables say of models that were trained with several seeds.

A row is the model that keeps the name; its interval is over records. Beside it stand the mean and
the standard deviation over all of its seeds, which say how much another training would differ.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, stdev
from typing import Any

import pandas as pd

# Columns of a table's long form, where a model has several seeds: which, and what is over them.
SEED_COLUMNS = ["seeds", "seed_mean", "seed_deviation"]
Seeds = Mapping[str, Sequence[tuple[str, str]]]  # by row: (seed, model), the row's own first


def add_seeds(parser: argparse.ArgumentParser) -> None:
    """Add the option that tells which models a row was trained as."""
    parser.add_argument(
        "--seeds",
        nargs="+",
        action="append",
        default=[],
        metavar=("MODEL", "SEED=MODEL"),
        help="a row's model, and the models of all its seeds, its own first",
    )


def read_seeds(groups: Iterable[list[str]]) -> Seeds:
    """Return the seeds of ``MODEL SEED=MODEL SEED=MODEL …`` words."""
    pairs = {row: [word.partition("=")[::2] for word in words] for row, *words in groups}
    return {row: [(seed, model) for seed, model in some] for row, some in pairs.items()}


def seed_columns(
    seeds: Sequence[tuple[str, str]], scores: Sequence[float | None]
) -> dict[str, Any]:
    """Return the columns of one row; without a score of each seed there is no mean.

    The standard deviation is that of a sample (n - 1).
    """
    known = [score for score in scores if score is not None]
    whole = len(known) == len(seeds) > 1
    return {
        "seeds": " ".join(seed for seed, _ in seeds) or None,
        "seed_mean": mean(known) if whole else None,
        "seed_deviation": stdev(known) if whole else None,
    }


def format_seeds(row: Mapping[str, Any], decimals: int) -> str:
    """Return a row's ``24.1 ± 0.8``, nothing where it has no mean over seeds."""
    if pd.isna(row.get("seed_mean")):
        return ""
    return f"{row['seed_mean']:.{decimals}f} ± {row['seed_deviation']:.{decimals}f}"


def describe_seeds(table: pd.DataFrame) -> list[str]:
    """Return the sentence that tells what is over seeds and what over records."""
    if "seeds" not in table or table["seeds"].isna().all():
        return []
    rows = table.dropna(subset="seeds")
    named = dict(zip(rows["model"], rows["seeds"].astype(str), strict=True))
    which = "; ".join(f"{model}: {', '.join(seeds.split())}" for model, seeds in named.items())
    return [
        "± is the mean and the standard deviation (n - 1) over models trained with several seeds "
        f"({which}); score, interval, change and test are of the first seed's model, and the "
        "interval is over records."
    ]
