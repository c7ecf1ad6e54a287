"""The section on languages: charts that compare them, and matrices of translation directions."""

from typing import Any

import pandas as pd

from scripts.report.families import direction_families, language_families
from scripts.report.inputs import Inputs
from scripts.report.language_charts import draw_languages, draw_matrix
from scripts.study.metrics import get_metric
from scripts.tables.main_table import list_models, name_interval

TITLE, ORDER = "Languages", 20


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the charts, or None where no benchmark comes in several languages."""
    return show_languages(inputs.scores, inputs.colours)


def show_languages(table: pd.DataFrame, colours: dict[str, str]) -> dict[str, Any] | None:
    """Return the charts by language and the matrices of directions, or None without either."""
    dots = [
        {"id": f"languages-{index}", "title": f"{family.name}, {get_metric(family.metric).label}"}
        | {"figure": draw_languages(family.rows(table), colours)}
        for index, family in enumerate(language_families(table))
    ]
    matrices = show_matrices(table)
    if not dots and not matrices:
        return None
    drawn = [*dots, *(chart for matrix in matrices for chart in matrix["charts"])]
    return {
        "dots": dots,
        "matrices": matrices,
        "models": list_models(table),
        "interval": name_interval(table),
        "figures": {chart["id"]: chart.pop("figure") for chart in drawn},
    }


def show_matrices(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one matrix per metric, with one chart per model; all of a metric share one scale."""
    matrices = []
    for number, family in enumerate(direction_families(table)):
        rows = family.rows(table)
        charts = [
            {"id": f"matrix-{number}-{index}", "model": model, "figure": draw_matrix(rows, model)}
            for index, model in enumerate(list_models(table))
        ]
        metric = get_metric(family.metric)
        label = f"{metric.label} {metric.arrow}"
        matrices.append({"name": family.name, "metric": label, "charts": charts})
    return matrices
