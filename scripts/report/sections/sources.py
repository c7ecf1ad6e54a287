"""Where the data comes from, with licences and digests."""

from scripts.report.page import Page, Section
from scripts.report.sources import read_sources

PLACE = 100
TITLE = "Data"


def show(page: Page) -> Section | None:
    """Return the list of sources, or None without one."""
    path = page.arguments.sources
    sources = read_sources(path) if path else []
    return {"sources": sources} if sources else None
