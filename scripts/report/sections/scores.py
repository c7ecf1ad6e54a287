"""The main table, the sentences about it and a figure a column."""

import pandas as pd

from scripts.report.languages import charted_columns
from scripts.report.page import Page, Section
from scripts.report.score_table import show_table
from scripts.report.summary import judge_models, summarise
from scripts.study.metrics import load_metrics
from scripts.tables.main_table import ALPHA, list_models

PLACE = 10
TITLE = "Scores"


def show(page: Page) -> Section:
    """Return the main table."""
    return {"scores": show_scores(page.table, page.colours)}


def show_scores(table: pd.DataFrame, colours: dict[str, str]) -> Section:
    """Return the main table, the sentences about it and a figure a column."""
    charted = charted_columns(table)  # a chart by language shows them together
    return {
        "summary": summarise(table),
        "verdicts": judge_models(table),
        "models": list_models(table),
        "meanings": [
            metric for name, metric in load_metrics().items() if name in set(table["metric"])
        ],
        "alpha": ALPHA,
        **show_table(table, colours, "score", charted),
    }
