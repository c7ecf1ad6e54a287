"""Tabulate what people said of models' answers on the page that `make page` serves.

In: its file of ratings (scripts/study/ratings.py says what is in it). Out: one table as ``.csv``,
``.md``, ``.tex``: of each pair of models that were compared blind, wins, ties and losses, and the
percent of comparisons in which the first was preferred, ties half; of each model, how many answers
had a thumb up or down. A model's states of other weights are other models.

Questions are resampled, each with all its ratings, for one may be rated several times; where each
was rated once and none was a tie, the interval is Clopper and Pearson's, as is that of thumbs.

    python -m scripts.tables.tabulate_preferences --ratings results/preferences.jsonl \\
        --models base x-smollm2-zh billa-zh --output-stem results/tables/preferences
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.common.command import make_parser, positive, run
from scripts.score.intervals import EXACT, interval
from scripts.score.resampling import CONFIDENCE, SAMPLES, SEED
from scripts.study.ratings import Rating, Spoken, read_ratings
from scripts.tables.forms import write_forms
from scripts.tables.preference_forms import to_latex, to_markdown

COLUMNS = [
    "kind", "model", "rival", "n", "questions", "win", "tie", "bad", "loss", "up", "down",
    "percent", "low", "high", "confidence", "method",
]  # fmt: skip
POINTS = {"left": 1.0, "right": 0.0, "tie": 0.5, "bad": 0.5}
MIRRORED = {"left": "right", "right": "left"}
State = tuple[str, str]  # of a model: its name, the fingerprint of its weights


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("tables.tabulate_preferences", __doc__)
    add = options.add_argument
    add("--ratings", type=Path, required=True, help="of the page")
    add("--models", nargs="*", default=[], help="the order of rows (that of the ratings)")
    add("--samples", type=positive, default=SAMPLES, help=f"resamples ({SAMPLES})")
    add("--seed", type=int, default=SEED, help=f"of the resampling ({SEED})")
    add("--output-stem", type=Path, required=True, help="path of the table, without its suffix")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Write the table in its three forms."""
    ratings = read_ratings(arguments.ratings)
    table = tabulate(ratings, arguments.models, arguments.samples, arguments.seed)
    write_forms(arguments.output_stem, table, to_markdown(table), to_latex(table))


def tabulate(
    ratings: Sequence[Rating], models: Sequence[str], samples: int, seed: int
) -> pd.DataFrame:
    """Return `COLUMNS`, a row a pair, then a row a model that has thumbs."""
    names = name_states(ratings, models)
    places = {state: place for place, state in enumerate(names)}
    pairs: dict[tuple[State, State], list[tuple[str, str]]] = {}
    thumbs: dict[State, Counter[str]] = {}
    for rating in ratings:
        states = [state_of(answer) for answer in rating.answers]
        if rating.kind == "thumb":
            thumbs.setdefault(states[0], Counter())[rating.vote] += 1
        else:
            left, right = sorted(states, key=places.__getitem__)
            same = [left, right] == states
            vote = rating.vote if same else MIRRORED.get(rating.vote, rating.vote)
            pairs.setdefault((left, right), []).append((name_question(rating), vote))
    rows = [
        {"model": names[pair[0]], "rival": names[pair[1]], **count_pair(votes, samples, seed)}
        for pair, votes in sorted(pairs.items(), key=lambda item: [places[one] for one in item[0]])
    ]
    rows += [
        {"model": names[state], **count_thumbs(thumbs[state])} for state in names if state in thumbs
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    counts = COLUMNS[3:11]
    return table.astype(dict.fromkeys(counts, "Int64"))


def state_of(answer: Spoken) -> State:
    """Return which model gave an answer, and with which weights."""
    return answer.model, answer.weights


def name_states(ratings: Sequence[Rating], models: Sequence[str]) -> dict[State, str]:
    """Return what every model is called; of one with several weights, these too.

    In the order of `models`, others behind them as they come.
    """
    found = list(dict.fromkeys(state_of(one) for rating in ratings for one in rating.answers))
    known = [*models, *(name for name, _ in found)]
    found.sort(key=lambda state: known.index(state[0]))
    states = Counter(name for name, _ in found)
    return {
        (name, weights): f"{name} ({weights[:8]})" if states[name] > 1 else name
        for name, weights in found
    }


def name_question(rating: Rating) -> str:
    """Return what makes a question the same as another."""
    return json.dumps(asdict(rating.question), sort_keys=True)


def count_pair(votes: Sequence[tuple[str, str]], samples: int, seed: int) -> dict[str, Any]:
    """Return a pair's counts, and how often the first was preferred, with an interval.

    Args:
        votes: question and vote, ``left`` for the first model of the pair.
        samples: resamples of the questions.
        seed: of the resampling.
    """
    sums: dict[str, list[float]] = {}
    for question, vote in votes:
        sums.setdefault(question, []).append(POINTS[vote])
    statistics = np.array([(sum(points), len(points)) for points in sums.values()], dtype=float)
    bounds = interval(statistics, percent, samples, seed, (0.0, 1.0), (0.0, 100.0))
    counts = Counter(vote for _, vote in votes)
    return {
        "kind": "pair", "n": len(votes), "questions": len(sums),
        "win": counts["left"], "tie": counts["tie"], "bad": counts["bad"], "loss": counts["right"],
        "percent": float(percent(statistics.sum(axis=0))), "low": bounds.low, "high": bounds.high,
        "confidence": CONFIDENCE, "method": bounds.method,
    }  # fmt: skip


def percent(sums: np.ndarray) -> np.ndarray:
    """Return (..., 2) summed points and counts as (...) percents."""
    share: np.ndarray = 100 * sums[..., 0] / sums[..., 1]
    return share


def count_thumbs(votes: Counter[str]) -> dict[str, Any]:
    """Return a model's thumbs, and the percent of them that are up, with its exact interval."""
    from scipy.stats import binomtest

    up, count = votes["up"], votes["up"] + votes["down"]
    found = binomtest(up, count).proportion_ci(CONFIDENCE, method="exact")
    return {
        "kind": "thumbs", "n": count, "up": up, "down": votes["down"], "percent": 100 * up / count,
        "low": 100 * found.low, "high": 100 * found.high, "confidence": CONFIDENCE, "method": EXACT,
    }  # fmt: skip


if __name__ == "__main__":
    run(main, parser())
