"""What the main table shows, in words: only claims that its numbers support."""

from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from scripts.study.metrics import get_metric
from scripts.tables.main_table import (
    ALPHA,
    format_column,
    get_baseline,
    is_significant,
    list_columns,
    list_models,
    select_column,
)


@dataclass(frozen=True)
class Finding:
    """What may be said of some columns: `gain` is better, worse or plain; `columns` is prose."""

    finding: str
    gain: str
    columns: str


@dataclass(frozen=True)
class Verdict:
    """What the comparisons with the baseline say of one model."""

    model: str
    parts: list[Finding]


FINDINGS = {
    "significantly better": "better",
    "significantly worse": "worse",
    "no significant difference": "plain",
    "untested, better": "plain",
    "untested, worse": "plain",
    "untested, equal": "plain",
}


def judge_models(table: pd.DataFrame) -> list[Verdict]:
    """Return a verdict for each model but the baseline."""
    others = [model for model in list_models(table) if model != get_baseline(table)]
    return [judge_model(table, model) for model in others]


def judge_model(table: pd.DataFrame, model: str) -> Verdict:
    """Sort one model's columns by what may be said of its change from the baseline."""
    found: dict[str, list[tuple[str, str]]] = {finding: [] for finding in FINDINGS}
    for benchmark, metric in list_columns(table):
        rows = select_column(table, benchmark, metric)
        cell = format_column(rows).get(model)
        if cell and cell.change and get_metric(metric).arrow:
            p_value = rows.loc[rows["model"] == model, "p_holm"].iloc[0]
            found[name_finding(p_value, cell.gain)].append((benchmark, metric))
    parts = [
        Finding(finding, FINDINGS[finding], list_names(columns))
        for finding, columns in found.items()
        if columns
    ]
    return Verdict(model, parts)


def name_finding(p_value: float, gain: str) -> str:
    """Return one of `FINDINGS`."""
    if pd.isna(p_value):
        return f"untested, {gain or 'equal'}"
    significant = gain and is_significant(p_value)
    return f"significantly {gain}" if significant else "no significant difference"


def list_names(columns: list[tuple[str, str]]) -> str:
    """Return ``ui_en-zh (BLEU, chrF), gloss_zh (accuracy)``."""
    grouped = groupby(columns, key=lambda column: column[0])
    return ", ".join(
        f"{benchmark} ({', '.join(get_metric(metric).label for _, metric in group)})"
        for benchmark, group in grouped
    )


def summarise(table: pd.DataFrame) -> str:
    """Return one sentence on the study's first column, and whether its best gain is significant."""
    columns = list_columns(table)
    judged = [column for column in columns if get_metric(column[1]).arrow]
    benchmark, metric = (judged or columns)[0]
    baseline, kind = get_baseline(table), get_metric(metric)
    rows = select_column(table, benchmark, metric).dropna(subset="score").set_index("model")
    cells = format_column(select_column(table, benchmark, metric))
    trained = rows.drop(index=baseline, errors="ignore")["score"]
    if rows.empty:
        return f"No model has a score on {benchmark} ({kind.label})."
    if trained.empty:
        cell = cells[baseline]
        return f"{baseline} scores {cell.value} {cell.interval} {kind.label} on {benchmark}."
    best = trained.idxmin() if kind.lower_is_better else trained.idxmax()
    found = f"{cells[best].value} {cells[best].interval} {kind.label}"
    start = f"On {benchmark}, {best} reaches {found}"
    if baseline not in rows.index:
        return f"{start}."
    p_value, gain = rows.loc[best, "p_holm"], cells[best].gain
    return f"{start} against {cells[baseline].value} for {baseline}, {weigh(p_value, gain)}."


def weigh(p_value: float, gain: str) -> str:
    """Return what may be said of a change with this p-value."""
    if not gain:
        return "no change at all"
    if pd.isna(p_value):
        return f"{gain}, though no significance test was made"
    if is_significant(p_value):
        return f"significantly {gain} ({format_p(p_value)})"
    return f"a difference that may be chance ({format_p(p_value)}, not below {ALPHA:g})"


def format_p(p_value: float) -> str:
    """Return ``p = 0.012`` or ``p < 0.001``."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"
