"""A judge's scores of two systems by category, with intervals: the figures of a review table.

As BiLLa's `eval_codes/metric_calc.py` has it: a category's score is the mean over its questions,
``micro`` the mean over all questions, ``macro`` the mean over the categories' means.
"""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from scripts.score.intervals import interval
from scripts.score.judging.judgements import LOSS, TIE, WIN, Verdict
from scripts.score.judging.parsing import HIGHEST, LOWEST
from scripts.score.resampling import CONFIDENCE, Scorer
from scripts.score.scorers import mean

EMPTY = (math.nan, math.nan)  # of a verdict without scores, which is not summed up
MICRO, MACRO = "micro", "macro"
COLUMNS = [
    "category", "n", "system", "score", "low", "high", "confidence", "win", "tie", "loss",
    "published", "difference",
]  # fmt: skip


def tabulate_verdicts(
    verdicts: list[Verdict], systems: list[str], samples: int, seed: int
) -> pd.DataFrame:
    """Return `COLUMNS`, two rows a category (one a system), and two for micro and macro each.

    Intervals are over the questions of the row that have scores; fewer than two have
    none. Categories come in the order of the verdicts. n counts the questions that were won, tied
    or lost; win, tie and loss are of the row's system.
    """
    rows = []
    for category in dict.fromkeys(verdict.category for verdict in verdicts):
        some = [verdict for verdict in verdicts if verdict.category == category]
        rows += compare_systems(category, some, systems, samples, seed)
    for name in (MICRO, MACRO):
        rows += compare_systems(name, verdicts, systems, samples, seed)
    return pd.DataFrame(rows, columns=COLUMNS)


def compare_systems(
    name: str, verdicts: list[Verdict], systems: list[str], samples: int, seed: int
) -> list[dict[str, Any]]:
    """Return one row a system on some questions."""
    scored = [verdict for verdict in verdicts if verdict.scores]
    decided = sum(verdict.points is not None for verdict in verdicts)
    rows = []
    for place, system in enumerate(systems):
        found = {"category": name, "n": decided, "system": system, "confidence": CONFIDENCE}
        if scored:
            statistics = sum_up(scored, place, by_category=name == MACRO)
            score: Scorer = mean_of_means if name == MACRO else mean
            low, high, _ = interval(statistics, score, samples, seed, (LOWEST, HIGHEST))
            found |= {"score": float(score(statistics.sum(axis=0))), "low": low, "high": high}
        # The mean over categories is no count of questions: only micro says who won how many.
        rows.append(found if name == MACRO else found | count_points(verdicts, place))
    return rows


def sum_up(verdicts: list[Verdict], place: int, by_category: bool) -> np.ndarray:
    """Return (n, 2k): a system's scores in k columns, and behind them how many they are.

    k is 1, or the number of categories.
    """
    names = [verdict.category if by_category else "" for verdict in verdicts]
    columns = {name: column for column, name in enumerate(dict.fromkeys(names))}
    statistics = np.zeros((len(verdicts), 2 * len(columns)))
    for row, (name, verdict) in enumerate(zip(names, verdicts, strict=True)):
        statistics[row, columns[name]] = (verdict.scores or EMPTY)[place]
        statistics[row, len(columns) + columns[name]] = 1
    return statistics


def mean_of_means(sums: np.ndarray) -> np.ndarray:
    """Return (...) means over the categories that occur in (..., 2k) sums and counts."""
    totals, counts = np.split(sums, 2, axis=-1)
    means = np.divide(totals, counts, out=np.zeros_like(totals), where=counts > 0)
    averages: np.ndarray = means.sum(axis=-1) / (counts > 0).sum(axis=-1)
    return averages


def count_points(verdicts: Iterable[Verdict], place: int) -> dict[str, int]:
    """Return wins, ties and losses of the first system (`place` 0) or the second."""
    points = Counter(verdict.points for verdict in verdicts)
    win, loss = (WIN, LOSS) if place == 0 else (LOSS, WIN)
    return {"win": points[win], "tie": points[TIE], "loss": points[loss]}


def add_published(table: pd.DataFrame, published: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the table with the published figures (columns row, column, value) and differences.

    The difference is between figures of two decimals, as they were published; it is empty
    where none was published. Also returned are the figures that no row of the table is for, named.
    """
    known = {
        (plain(line.row), plain(line.column)): line.value
        for line in published.itertuples()
        if line.value == line.value
    }
    table = table.copy()
    pairs = zip(table["system"], table["category"], strict=True)
    keys = [(plain(system), plain(category)) for system, category in pairs]
    table["published"] = [known.get(key) for key in keys]
    left = [f"{' '.join(key)} {known[key]:.2f}" for key in known.keys() - set(keys)]
    table["difference"] = (
        table["score"].map(lambda score: float(f"{score:.2f}")) - table["published"].astype(float)
    ).round(2)
    return table, sorted(left)


def plain(name: object) -> str:
    """Return a name with plain spaces: BiLLa's questions have a no-break space in "closed qa"."""
    return " ".join(str(name).split())
