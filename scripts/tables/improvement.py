"""Relative improvements over earlier systems, averaged over languages as an abstract does.

x-LLM's abstract gives averages without saying how they are computed. Two readings are reported: the
mean over languages of the relative improvements, and the relative improvement of the mean score.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from scripts.study.paper_tables import Column, Panel, Place

AVERAGE, OF_MEANS = "average", "of means"
NO_SCORE = "no record could be scored"
NOTHING = "the earlier systems score nothing, so no improvement is relative to it"
Row = dict[str, Any]
Found = Mapping[tuple[str, str, str], Place]  # by system, heading and benchmark
Scores = Mapping[tuple[str, str], Mapping[str, Any]]  # (model, <benchmark>.<metric>) to its file
Pair = tuple[float, float]  # our score, the best earlier one


def improvement_rows(
    panel: Panel, systems: Sequence[str], places: list[Place], scores: Scores
) -> list[Row]:
    """Return a row a system and heading (percent), and one for each of the two averages."""
    found = {(place.system, place.heading, place.benchmark): place for place in places}
    return [row for system in systems for row in system_rows(panel, system, found, scores)]


def system_rows(panel: Panel, system: str, found: Found, scores: Scores) -> list[Row]:
    """Return one system's rows; an average of some languages only is none."""
    rows, pairs, gap = [], [], ""
    for column in panel.columns:
        reason, mine = find_gap(panel, system, column, found, scores), []
        if not reason:
            mine = [
                measure(panel, system, (column.heading, name), found, scores)
                for name in column.benchmarks
            ]
            reason = NOTHING if any(before == 0 for _, before in mine) else ""
        gap = gap or reason
        row = start_row(panel, system, column.heading, "+".join(column.benchmarks), reason)
        row["model"] = found[system, column.heading, column.benchmarks[0]].model
        if not reason:
            row["ours"] = fmean(improve(*pair) for pair in mine)
            pairs.append(mine)
        rows.append(row)
    return rows + average_rows(panel, system, pairs, gap)


def find_gap(panel: Panel, system: str, column: Column, found: Found, scores: Scores) -> str:
    """Return why a column's improvement cannot be taken, or an empty text."""
    wanted = [system, *panel.over]
    places = [found[name, column.heading, one] for one in column.benchmarks for name in wanted]
    gaps = [f"{place.system}: {place.reason}" for place in places if place.reason]
    if gaps:
        return gaps[0]
    found_none = any(read_score(place, scores) is None for place in places)
    return NO_SCORE if found_none else ""


def read_score(place: Place, scores: Scores) -> float | None:
    """Return our score at a place, None where no record could be scored."""
    score: float | None = scores[place.model, f"{place.benchmark}.{place.panel.score}"]["score"]
    return score


def measure(
    panel: Panel, system: str, place: tuple[str, str], found: Found, scores: Scores
) -> Pair:
    """Return our score at a place and the best of the earlier systems'."""
    numbers = (read_score(found[name, *place], scores) for name in (system, *panel.over))
    ours, *before = (number for number in numbers if number is not None)  # see `find_gap`
    return ours, max(before)


def improve(ours: float, before: float) -> float:
    """Return the relative improvement over a score that is not zero, in percent."""
    return 100 * (ours - before) / abs(before)


def average_rows(panel: Panel, system: str, pairs: list[list[Pair]], gap: str) -> list[Row]:
    """Return the two averages over languages."""
    rows = [start_row(panel, system, name, name, gap) for name in (AVERAGE, OF_MEANS)]
    if not gap:
        rows[0]["ours"] = fmean(fmean(improve(*pair) for pair in some) for some in pairs)
        means = [fmean(fmean(pair[side] for pair in some) for some in pairs) for side in (0, 1)]
        rows[1]["ours"] = improve(*means)
    return rows


def start_row(panel: Panel, system: str, heading: str, benchmark: str, reason: str) -> Row:
    """Return a row without a number."""
    return {
        "system": system,
        "heading": heading,
        "model": None,
        "benchmark": benchmark,
        "metric": panel.metric,
        "ours_reason": reason,
    }
