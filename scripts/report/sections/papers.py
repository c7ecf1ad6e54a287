"""The section on the papers' tables: our scores beside the published numbers."""

from typing import Any

from scripts.report.inputs import Inputs
from scripts.tables.paper_view import read_view

TITLE, ORDER = "The papers' tables", 30


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the tables, or None where the study compares with no paper."""
    views = [read_view(path) for path in inputs.paper_tables]
    return {"papers": views} if views else None
