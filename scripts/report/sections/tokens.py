"""Sentences coloured by token."""

from scripts.report.page import Page, Section

PLACE = 70
TITLE = "Tokens"


def show(page: Page) -> Section | None:
    """Return the sentences, or None without any."""
    return {"coloured": page.coloured} if page.coloured else None
