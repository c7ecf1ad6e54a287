"""The papers' tables: published numbers and ours."""

from scripts.report.page import Page, Section
from scripts.tables.paper_view import read_view

PLACE = 30
TITLE = "The papers' tables"


def show(page: Page) -> Section | None:
    """Return the papers' tables, or None without any."""
    paths = page.arguments.paper_tables
    return {"papers": [read_view(path) for path in paths]} if paths else None
