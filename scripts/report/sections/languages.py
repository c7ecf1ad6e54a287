"""Scores by language, side by side."""

from scripts.report.languages import show_languages
from scripts.report.page import Page, Section

PLACE = 20
TITLE = "Languages"


def show(page: Page) -> Section | None:
    """Return the charts by language, or None with too few languages."""
    shown = show_languages(page.table, page.colours)
    return {"languages": shown} if shown else None
