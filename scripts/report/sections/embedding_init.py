"""The ablation of how new embedding rows are initialised."""

from pathlib import Path

from scripts.report import charts
from scripts.report.page import Page, Section
from scripts.report.score_table import show_table
from scripts.tables.main_table import ALPHA, list_models, read_table

PLACE = 50
TITLE = "New rows"


def show(page: Page) -> Section | None:
    """Return the ablation's table, or None without one."""
    shown = show_ablation(page.arguments.embedding_init)
    return {"embedding_init": shown} if shown else None


def show_ablation(path: Path | None) -> Section | None:
    """Return the ablation of initial rows, a figure a text and moment; None without one."""
    if path is None:
        return None
    table = read_table(path)
    models = list_models(table)
    colours = charts.assign_colours(models, models[0])
    return {"colours": colours, "alpha": ALPHA, **show_table(table, colours, "embedding-init")}
