"""A table of scores as its section shows it: table, facts of the columns, one chart per column."""

from collections.abc import Collection
from dataclasses import replace
from itertools import groupby
from typing import Any

import pandas as pd

from scripts.report import charts
from scripts.study.metrics import get_metric
from scripts.tables.main_table import (
    ALPHA,
    by_model,
    describe_columns,
    get_baseline,
    list_columns,
    name_interval,
    select_column,
)
from scripts.tables.seeds import describe_seeds
from scripts.tables.table import Table


def show_table(
    table: pd.DataFrame,
    colours: dict[str, str],
    prefix: str,
    head: str = "model",
    charted: Collection[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Return what ``score_table.html.j2`` shows, and the figures.

    `prefix` begins the figures' element ids; the columns in `charted` get none. `head` says what
    the rows are.
    """
    drawn = {
        f"{prefix}-{index}": column
        for index, column in enumerate(list_columns(table))
        if column not in charted
    }
    return {
        "baseline": get_baseline(table),
        "interval": name_interval(table),
        "alpha": ALPHA,
        "table": build_table(table, head),
        "notes": describe_columns(table),
        "seeds": describe_seeds(table),
        "titles": {
            id: f"{benchmark}, {get_metric(metric).label}"
            for id, (benchmark, metric) in drawn.items()
        },
        "figures": {
            id: charts.draw_scores(select_column(table, *column), colours)
            for id, column in drawn.items()
        },
    }


def build_table(table: pd.DataFrame, head: str) -> Table:
    """Return one row per model, each benchmark's metrics below its name."""
    columns = list_columns(table)
    metrics = [get_metric(metric) for _, metric in columns]
    labels = (f"{metric.label}\N{NO-BREAK SPACE}{metric.arrow}".strip() for metric in metrics)
    groups = [(name, len(list(some))) for name, some in groupby(name for name, _ in columns)]
    return replace(
        by_model(table, head),
        head=(head, *labels),
        hints=("", *(metric.meaning for metric in metrics)),
        above=(("", 1), *groups),
        notes=(),
    )
