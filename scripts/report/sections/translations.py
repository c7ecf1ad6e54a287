"""The same sentences through every model."""

from pathlib import Path

from scripts.report.page import Page, Section
from scripts.report.translations import sample_translations

PLACE = 80
TITLE = "Translations"


def show(page: Page) -> Section | None:
    """Return the sampled translations, or None without predictions."""
    shown = show_translations(dict(page.arguments.translations))
    return {"translations": shown} if shown else None


def show_translations(paths: dict[str, Path]) -> Section | None:
    """Return the sampled translations, or None without predictions."""
    if not paths:
        return None
    rows, total = sample_translations(paths)
    benchmark = next(iter(paths.values())).stem
    return {"benchmark": benchmark, "models": list(paths), "rows": rows, "total": total}
