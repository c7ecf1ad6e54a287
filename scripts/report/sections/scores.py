"""The section on scores: what the comparisons found, the main table, and one chart per column."""

from typing import Any

from scripts.report.families import charted_columns
from scripts.report.inputs import Inputs
from scripts.report.score_table import show_table
from scripts.report.summary import judge_models
from scripts.study.metrics import load_metrics

TITLE, ORDER = "Scores", 10


def build(inputs: Inputs) -> dict[str, Any]:
    """Return the main table, the sentences about it and one figure per column."""
    table = inputs.scores
    charted = charted_columns(table)  # a chart by language shows them together
    used = set(table["metric"])
    return {
        "verdicts": judge_models(table),
        "meanings": [metric for name, metric in load_metrics().items() if name in used],
        **show_table(table, inputs.colours, "score", charted=charted),
    }
