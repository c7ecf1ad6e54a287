"""What judgements say beyond the score: means, wins, and how far the judge is to be trusted."""

from collections import Counter
from typing import Any

import numpy as np

from scripts.score.judging.cases import SYSTEMS, is_right
from scripts.score.judging.judgements import (
    LOSS,
    TIE,
    WIN,
    Verdict,
    compare,
    count_failures,
    group_orders,
    mean_scores,
)

Record = dict[str, Any]


def summarise(records: list[Record], verdicts: list[Verdict], paper: bool) -> dict[str, Any]:
    """Return the details of a score file; `paper` says that one order was looked at."""
    return {
        "judge": {key: value for key, value in records[0]["asked"].items() if key != "model"},
        **count_points(verdicts),
        "open": sum(verdict.points is None for verdict in verdicts),
        "means": {"micro": micro_means(verdicts), "macro": macro_means(verdicts)},
        "categories": {name: describe(some) for name, some in by_category(verdicts).items()},
        "orders": None if paper else compare_orders(records),
        "length": correlate_lengths(records, verdicts),
        "languages": count_languages(records),
        "failures": {
            "reviews": sum(len(record["reviews"]) for record in records),
            "reasons": count_failures(records),
        },
    }


def by_category(verdicts: list[Verdict]) -> dict[str, list[Verdict]]:
    """Return the verdicts of each category, in the order in which categories come."""
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.category, []).append(verdict)
    return found


def count_points(verdicts: list[Verdict]) -> dict[str, int]:
    """Return how often the model won, tied and lost."""
    points = Counter(verdict.points for verdict in verdicts)
    return {"win": points[WIN], "tie": points[TIE], "loss": points[LOSS]}


def describe(verdicts: list[Verdict]) -> dict[str, Any]:
    """Return a category's score (percent of points), counts and mean scores."""
    points = [verdict.points for verdict in verdicts if verdict.points is not None]
    return {
        "score": 100 * sum(points) / len(points) if points else None,
        "n": len(points),
        **count_points(verdicts),
        "means": micro_means(verdicts),
    }


def micro_means(verdicts: list[Verdict]) -> dict[str, float] | None:
    """Return the mean scores over questions, None where there is none."""
    scores = [verdict.scores for verdict in verdicts if verdict.scores]
    return name_means(np.mean(scores, axis=0)) if scores else None


def macro_means(verdicts: list[Verdict]) -> dict[str, float] | None:
    """Return the means over the categories' mean scores, None where there is none."""
    means = [micro_means(some) for some in by_category(verdicts).values()]
    rows = [[one[name] for name in SYSTEMS] for one in means if one]
    return name_means(np.mean(rows, axis=0)) if rows else None


def name_means(pair: np.ndarray) -> dict[str, float]:
    """Return two means by what they are of."""
    return dict(zip(SYSTEMS, map(float, pair), strict=True))


def compare_orders(records: list[Record]) -> dict[str, Any]:
    """Return how far the judge depends on the order of the answers.

    `agreement` is the share of questions with the same winner in both orders; `first_place` what
    coming first is worth, in points of the judge's scale. Both are None without such questions.
    """
    same, bonus = [], []
    for record in records:
        means = {
            first: mean_scores(some)
            for first, some in group_orders(record["reviews"], False).items()
        }
        one, other = means.get("model"), means.get("baseline")
        if one and other:
            same.append(compare(*one) == compare(*other))
            bonus.append(((one[0] - one[1]) - (other[0] - other[1])) / 2)
    return {
        "n": len(same),
        "agreement": float(np.mean(same)) if same else None,
        "first_place": float(np.mean(bonus)) if bonus else None,
    }


def correlate_lengths(records: list[Record], verdicts: list[Verdict]) -> dict[str, Any]:
    """Return Pearson's correlation of the difference in score with that in length (characters).

    None where fewer than three questions, or no differences, leave it undefined.
    """
    pairs = [
        (record["lengths"][0] - record["lengths"][1], verdict.scores[0] - verdict.scores[1])
        for record, verdict in zip(records, verdicts, strict=True)
        if verdict.scores
    ]
    columns = np.array(pairs, dtype=float).reshape(-1, 2).T
    defined = len(pairs) > 2 and columns.std(axis=1).all()
    return {
        "n": len(pairs),
        "correlation": float(np.corrcoef(columns)[0, 1]) if defined else None,
    }


def count_languages(records: list[Record]) -> dict[str, int] | None:
    """Return how many answers were in another language than the question; None if unchecked."""
    found = [record["languages"] for record in records if record["languages"]]
    if not found:
        return None
    wrong = [tuple(not is_right(one, name) for name in SYSTEMS) for one in found]
    counts = Counter(wrong)
    return {
        "model_wrong": counts[True, False],
        "baseline_wrong": counts[False, True],
        "both_wrong": counts[True, True],
    }
