"""Rank several systems by a judge's comparisons of pairs of them.

In: files of judgements of `judge_answers`, a pair of systems each, of one judge asked in one way.
Out: one table as ``.csv``, ``.md``, ``.tex``: each system's strength by Bradley and Terry's model
on Elo's scale (400 points are odds of 10 to 1), the percent of questions that it is expected to win
against the first system, both with intervals over questions, and its wins, ties and losses.

Questions are resampled, each with all its comparisons; of two files of one name (two models on one
benchmark) questions of one id are the same.

    python -m scripts.tables.tabulate_rankings --first base --title "Vicuna's questions" \\
        --judgements results/judgements/x-llama-zh/vicuna_en.jsonl \\
        results/judgements/alpaca-en/vicuna_en.jsonl --output-stem results/tables/rankings/vicuna_en
"""

import argparse
from collections import Counter
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.common.command import make_parser, positive, run
from scripts.common.errors import InputError, nearest
from scripts.common.files import read_records
from scripts.score.intervals import Interval, bound_by_bootstrap
from scripts.score.judging.bradley_terry import find_unreachable, fit_strengths
from scripts.score.judging.judgements import LOSS, TIE, WIN, give_verdict
from scripts.score.resampling import CONFIDENCE, SAMPLES, SEED, resample_sums
from scripts.tables.forms import write_forms
from scripts.tables.ranking_forms import to_latex, to_markdown

ELO = 400 / log(10)  # points a nat
COLUMNS = [
    "system", "elo", "elo_low", "elo_high", "expected", "expected_low", "expected_high",
    "confidence", "n", "win", "tie", "loss",
]  # fmt: skip
Outcome = tuple[str, str, float]  # of a question: both systems, the first one's points


@dataclass(frozen=True)
class Comparisons:
    """All decided comparisons: `outcomes` by question, and how the judge was `asked`."""

    outcomes: dict[str, list[Outcome]]
    asked: dict[str, Any]

    @property
    def systems(self) -> list[str]:
        """Return the systems, in the order in which they come."""
        found = [name for some in self.outcomes.values() for one in some for name in one[:2]]
        return list(dict.fromkeys(found))


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("tables.tabulate_rankings", __doc__)
    add = options.add_argument
    add("--judgements", type=Path, nargs="+", required=True, help="of judge_answers")
    add("--first", required=True, help="the system that strengths are measured from")
    add("--title", required=True, help="the table's caption")
    add("--samples", type=positive, default=SAMPLES, help=f"resamples ({SAMPLES})")
    add("--seed", type=int, default=SEED, help=f"of the resampling ({SEED})")
    add("--output-stem", type=Path, required=True, help="path of the table, without its suffix")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Write the table in its three forms."""
    found = read_comparisons(arguments.judgements)
    known = found.systems
    if arguments.first not in known:
        raise InputError(
            f"--first {arguments.first!r}: in no judgement{nearest(arguments.first, known)}"
        )
    systems = [arguments.first, *(name for name in known if name != arguments.first)]
    table = rank(found, systems, arguments.samples, arguments.seed)
    notes = describe(found, arguments.first)
    stem, title = arguments.output_stem, arguments.title
    write_forms(stem, table, to_markdown(table, title, notes), to_latex(table, title, notes))


def read_comparisons(paths: list[Path]) -> Comparisons:
    """Return the outcomes of all files; `InputError` where two were not judged alike."""
    outcomes: dict[str, list[Outcome]] = {}
    first: dict[str, Any] = {}
    for path in paths:
        for number, record in enumerate(read_records(path, "judgements"), 1):
            if not {"id", "asked", "reviews", "languages"} <= record.keys():
                raise InputError(f"{path}:{number}: expected a judgement of judge_answers")
            asked = record["asked"]
            first = first or asked
            # A category may have its own wording, temperature and length.
            for name in ("judge", "orders", "samples", "language_check"):
                if asked[name] != first[name]:
                    raise InputError(
                        f"{path}:{number}: {name} {asked[name]!r}, that of {paths[0]} is "
                        f"{first[name]!r}; expected judgements of one judge, asked in one way"
                    )
            points = give_verdict(record, paper=False).points
            pair = (asked["model"], asked["baseline"])
            if points is not None and pair[0] != pair[1]:
                question = f"{path.stem}:{record['id']}"
                outcomes.setdefault(question, []).append((*pair, points))
    if not outcomes:
        raise InputError(f"{paths[0]}: no question was decided, expected some to rank by")
    return Comparisons(outcomes, first)


def rank(found: Comparisons, systems: list[str], samples: int, seed: int) -> pd.DataFrame:
    """Return `COLUMNS`, a row a system, the strongest first.

    Raises:
        InputError: if a system was never compared with others, directly or through them.
    """
    statistics, pairs = count_wins(found, systems)
    alone = [systems[number] for number in find_unreachable(pairs, len(systems))]
    if alone:
        raise InputError(
            f"--judgements: {', '.join(alone)} and {systems[0]} were compared with no system in "
            "common, expected comparisons that connect all"
        )
    sums = resample_sums(statistics, samples, seed)
    whole = fit_strengths(statistics.sum(axis=0), pairs, len(systems))
    rows = []
    for number, name in enumerate(systems):

        def strength(sums: np.ndarray, number: int = number) -> np.ndarray:
            """Return the strengths of one system."""
            return fit_strengths(sums, pairs, len(systems))[..., number]

        bounds = bound_by_bootstrap(statistics, strength, sums) if number else None
        rows.append({"system": name, **show_strength(whole[number], bounds), **count(found, name)})
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values("elo", ascending=False, kind="stable", ignore_index=True)


def count_wins(found: Comparisons, systems: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return (questions, 2 p) wins of the first, then the second of p pairs; the (p, 2) pairs."""
    numbers = {name: number for number, name in enumerate(systems)}
    keys = [
        tuple(sorted((numbers[one], numbers[other])))
        for some in found.outcomes.values()
        for one, other, _ in some
    ]
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    wins = np.zeros((len(found.outcomes), 2 * len(places)))
    for row, some in zip(wins, found.outcomes.values(), strict=True):
        for one, other, points in some:
            pair = (numbers[one], numbers[other])
            place = places[min(pair), max(pair)]
            ours, theirs = (points, 1 - points) if pair[0] < pair[1] else (1 - points, points)
            row[place] += ours
            row[place + len(places)] += theirs
    return wins, np.array(list(places))


def show_strength(strength: float, bounds: Interval | None) -> dict[str, float]:
    """Return a strength on Elo's scale and as the percent expected against the first system."""
    ends = (bounds.low, bounds.high) if bounds else (np.nan, np.nan)
    elo = [ELO * value for value in (strength, *ends)]
    expected = [100 / (1 + np.exp(-value)) for value in (strength, *ends)]
    names = ("elo", "elo_low", "elo_high"), ("expected", "expected_low", "expected_high")
    return dict(zip((*names[0], *names[1]), (*elo, *expected), strict=True))


def count(found: Comparisons, name: str) -> dict[str, float]:
    """Return a system's comparisons, and how many of them it won, tied and lost."""
    outcomes = [one for some in found.outcomes.values() for one in some if name in one[:2]]
    points = Counter(points if one == name else WIN - points for one, _, points in outcomes)
    return {
        "confidence": CONFIDENCE,
        "n": len(outcomes),
        "win": points[WIN],
        "tie": points[TIE],
        "loss": points[LOSS],
    }


def describe(found: Comparisons, first: str) -> list[str]:
    """Return the sentences below the table."""
    comparisons = sum(map(len, found.outcomes.values()))
    orders = "both orders" if found.asked["orders"] == "both" else "one order"
    return [
        f"Elo: strength by Bradley and Terry's model, that of {first} 0; 400 points are odds of "
        "10 to 1. expected: percent of questions won against it, ties half. A tie more is added "
        "to each pair, which keeps who never lost in reach.",
        f"{comparisons} comparisons on {len(found.outcomes)} questions, by {found.asked['judge']}, "
        f"asked in {orders}. In square brackets, {100 * CONFIDENCE:g} % intervals over questions; "
        "who won, tied or lost every question has none.",
    ]


if __name__ == "__main__":
    run(main, parser())
