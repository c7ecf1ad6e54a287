"""A paper's table as rows: our score and the published one, their difference, and significance.

One row a system, panel and column. A number that is not there is empty and has its reason.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from scripts.common.errors import InputError
from scripts.study.paper_tables import Panel, PaperTable, Place
from scripts.tables.holm import adjust, joint
from scripts.tables.improvement import NO_SCORE, improvement_rows
from scripts.tables.main_table import ALPHA
from scripts.tables.published import Key, Number
from scripts.tables.seeds import SEED_COLUMNS, Seeds, seed_columns

COLUMNS = [
    "table", "panel", "system", "heading", "model", "benchmark", "metric", "ours", "low", "high",
    "n", "published", "difference", "outside", "baseline", "change", "p_value", "p_holm",
    "significant", "ours_reason", "published_reason", "difference_reason", "source", "signature",
]  # fmt: skip
NO_NUMBER = "the paper gives no number here"
NO_PLACE = "the table's layout has no place for it"
Row = dict[str, Any]
Scores = Mapping[tuple[str, str], Mapping[str, Any]]  # (model, <benchmark>.<metric>) to its file


def build_rows(
    table: PaperTable,
    places: list[Place],
    scores: Scores,
    comparisons: Scores,
    published: Mapping[Key, Number],
    seeds: Seeds,
) -> pd.DataFrame:
    """Return the table in its long form; p-values are Holm-corrected over all of it."""
    rows: list[Row] = []
    for number, panel in enumerate(table.panels):
        mine = [place for place in places if place.panel is panel]
        if panel.over:
            found = improvement_rows(panel, table.systems, mine, scores)
        else:
            found = [score_row(place, scores, comparisons, seeds) for place in mine]
        for row in found:
            complete_row(row, panel, published)
            rows.append({"table": table.id, "panel": number, **row})
    correct_p_values(rows)
    rows += [{"table": table.id, **row} for row in rows_without_place(rows, published)]
    return pd.DataFrame(rows, columns=[*COLUMNS, *(SEED_COLUMNS if seeds else ())])


def score_row(place: Place, scores: Scores, comparisons: Scores, seeds: Seeds) -> Row:
    """Return what our score says at one place, and what its comparison with the baseline found."""
    key = (place.model, f"{place.benchmark}.{place.panel.score}")
    row = {name: getattr(place, name) for name in ("system", "heading", "model", "benchmark")}
    row |= {"metric": place.panel.metric, "ours_reason": place.reason}
    if place.reason:
        return row
    score = scores[key]
    if score["score"] is None:
        return row | {"ours_reason": NO_SCORE}
    row |= {"ours": pick_value(score, place.panel), "n": score.get("counted", score.get("n"))}
    row |= {"signature": score.get("signature")}
    row |= seed_values(place, scores, seeds.get(place.model or "", ()))
    if place.panel.metric == place.panel.score:
        # An interval and a test belong to the score itself, not to a count beside it.
        row["low"], row["high"] = score.get("interval") or (None, None)
        comparison = comparisons.get(key, {})
        row["baseline"], row["change"] = comparison.get("baseline"), comparison.get("difference")
        row["p_value"] = joint(comparison.get("p_value"), comparison.get("p_randomisation"))
    return row


def seed_values(place: Place, scores: Scores, seeds: Sequence[tuple[str, str]]) -> Row:
    """Return the columns on the seeds of the model at a place, none where it has one alone."""
    if not seeds:
        return {}
    column = f"{place.benchmark}.{place.panel.score}"
    found = [scores.get((model, column), {"score": None}) for _, model in seeds]
    values = [None if one["score"] is None else pick_value(one, place.panel) for one in found]
    return seed_columns(seeds, values)


def pick_value(score: Mapping[str, Any], panel: Panel) -> float:
    """Return the score, or the detail of its file that the metric names (judge.win)."""
    value: Any = score
    for name in panel.metric.split(".")[1:] or ["score"]:
        if not isinstance(value, Mapping) or name not in value:
            file = f"results/{score['model']}/{score['benchmark']}.{score['metric']}"
            raise InputError(f"{file}: no key {name!r}, which the table shows as {panel.metric}")
        value = value[name]
    return float(value)


def complete_row(row: Row, panel: Panel, published: Mapping[Key, Number]) -> None:
    """Add the published number, the difference from it, and the reasons for what is missing."""
    key = (row["system"], row["benchmark"], row["metric"])
    number = published.get(key) or Number(None, "", NO_NUMBER)
    row |= {"published": number.value, "published_reason": number.reason, "source": number.source}
    ours = row.get("ours")
    if ours is None or number.value is None:
        row["difference_reason"] = "one of the two numbers is missing"
    elif panel.differs:
        row["difference_reason"] = panel.differs
    else:
        row["difference"] = round(ours - number.value, 6)
        if row.get("low") is not None:
            row["outside"] = yes_or_no(not row["low"] <= number.value <= row["high"])


def rows_without_place(rows: list[Row], published: Mapping[Key, Number]) -> list[Row]:
    """Return a row for each published value that none of the table's rows is for."""
    shown = {(row["system"], row["benchmark"], row["metric"]) for row in rows}
    return [
        {
            **dict(zip(("system", "benchmark", "metric"), key, strict=True)),
            **{"published": number.value, "source": number.source, "ours_reason": NO_PLACE},
            **{"difference_reason": NO_PLACE},
        }
        for key, number in published.items()
        if number.value is not None and key not in shown
    ]


def correct_p_values(rows: list[Row]) -> None:
    """Add Holm's p-values over the table's tests, and whether they are significant."""
    tested = [row for row in rows if row.get("p_value") is not None]
    for row, p_value in zip(tested, adjust([row["p_value"] for row in tested]), strict=True):
        row |= {"p_holm": p_value, "significant": yes_or_no(p_value < ALPHA)}


def yes_or_no(fact: bool) -> str:
    """Return a fact as the tables' CSV files write it."""
    return "yes" if fact else "no"
