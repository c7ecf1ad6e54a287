"""A table of scores as a template prints it, with a figure for each of its columns."""

from collections.abc import Collection
from itertools import groupby

import pandas as pd

from scripts.report import charts
from scripts.report.page import Section
from scripts.study.metrics import get_metric
from scripts.tables.main_table import (
    describe_columns,
    format_column,
    get_baseline,
    list_columns,
    list_models,
    name_interval,
    select_column,
)


def show_table(
    table: pd.DataFrame,
    colours: dict[str, str],
    prefix: str,
    charted: Collection[tuple[str, str]] = (),
) -> Section:
    """Return a table of scores as the template prints it, and the figures of its columns.

    `prefix` begins the figures' element ids; the columns in `charted` get none.
    """
    columns = list_columns(table)
    cells = [format_column(select_column(table, *column)) for column in columns]
    return {
        "baseline": get_baseline(table),
        "columns": [(benchmark, metric, get_metric(metric)) for benchmark, metric in columns],
        "groups": [(name, len(list(rows))) for name, rows in groupby(name for name, _ in columns)],
        "rows": {model: [column.get(model) for column in cells] for model in list_models(table)},
        "interval": name_interval(table),
        "notes": describe_columns(table),
        "prefix": prefix,
        "figures": {
            f"{prefix}-{index}": charts.draw_scores(select_column(table, *column), colours)
            for index, column in enumerate(columns)
            if column not in charted
        },
    }
