"""The study as it was resolved, and the versions of what ran."""

from scripts.report.page import Page, Section
from scripts.report.sources import collect_versions, show_settings

PLACE = 110
TITLE = "Settings"


def show(page: Page) -> Section | None:
    """Return settings and versions, or None without either."""
    settings = show_settings(page.settings) if page.settings else None
    versions = collect_versions(page.arguments.meta)
    return {"settings": settings, "versions": versions} if settings or versions else None
