"""What the vocabularies cost, by language."""

from pathlib import Path

import pandas as pd

from scripts.common.errors import InputError
from scripts.report import charts
from scripts.report.page import Page, Section
from scripts.tables import tokenizer_forms

PLACE = 60
TITLE = "Tokenizers"
# A column of the tokenizer table that is charted: the chart's title, and what its axis is.
CHARTED = {
    "tokens_per_character": ("Tokens per character", "tokens per character"),
    "tokens_per_word": ("Tokens per word", "tokens per word"),
    "cost_ratio": ("Cost beside the base", "tokens per character, base = 1"),
    "parity": ("Parity with English", "tokens per token of the same in English"),
}


def show(page: Page) -> Section | None:
    """Return the tokenizer tables, or None without any."""
    shown = show_tokenizers(page.tokenizers, page.colours)
    return {"tokenizers": shown} if shown else None


def read_tokenizers(path: Path | None) -> pd.DataFrame | None:
    """Read the tokenizer table; `InputError` where it does not say which tokenizer and language."""
    if path is None:
        return None
    table = pd.read_csv(path, keep_default_na=True)
    for name in ("tokenizer", "language"):
        if name not in table.columns:
            raise InputError(f"{path}: line 1: no column {name!r}")
    return table


def list_tokenizers(table: pd.DataFrame | None) -> list[str]:
    """Return the tokenizers' names in the table's order."""
    return [] if table is None else list(dict.fromkeys(table["tokenizer"]))


def show_tokenizers(table: pd.DataFrame | None, colours: dict[str, str]) -> Section | None:
    """Return the tokenizer tables and their charts, or None without any."""
    if table is None or table.empty:
        return None
    figures, titles = {}, {}
    for measure, (title, axis) in CHARTED.items():
        # The base costs what it costs: the line at 1 shows it.
        others = table["tokenizer"] != table["tokenizer"].iloc[0]
        rows = table[others] if measure == "cost_ratio" else table
        drawn = charts.draw_fertility(rows, measure, axis, colours) if measure in table else None
        if drawn:
            figures[f"fertility-{measure}"], titles[f"fertility-{measure}"] = drawn, title
    return {
        "names": list_tokenizers(table),
        "tables": [tokenizer_forms.build_table(table, title) for title in tokenizer_forms.TABLES],
        "figures": figures,
        "titles": titles,
    }
