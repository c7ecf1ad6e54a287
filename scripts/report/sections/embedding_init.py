"""The section on how new rows are initialised: an ablation, one chart per text and moment."""

from pathlib import Path
from typing import Any

from scripts.report.charts import Colours
from scripts.report.inputs import Inputs
from scripts.report.score_table import show_table
from scripts.tables.main_table import list_models, read_table

TITLE, ORDER = "New rows", 50


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the ablation, or None where the study has none."""
    return show_ablation(inputs.embedding_init) if inputs.embedding_init else None


def show_ablation(path: Path) -> dict[str, Any]:
    """Return the ablation's table and figures; its rows are methods, with colours of their own."""
    table = read_table(path)
    models = list_models(table)
    colours = Colours(models, baseline=models[0])
    return {"colours": colours, **show_table(table, colours, "embedding-init", head="method")}
