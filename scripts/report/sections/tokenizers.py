"""The section on tokenizers: what text costs in each language, as charts and as tables."""

from pathlib import Path
from typing import Any

import pandas as pd

from scripts.report.charts import draw_fertility
from scripts.report.inputs import Inputs
from scripts.tables import tokenizer_forms
from scripts.tables.read_csv import read_csv

TITLE, ORDER = "Tokenizers", 60
# A column of the tokenizer table that is charted: the chart's title, and what its axis is.
CHARTED = {
    "tokens_per_character": ("Tokens per character", "tokens per character"),
    "tokens_per_word": ("Tokens per word", "tokens per word"),
    "cost_ratio": ("Cost relative to the base", "tokens per character, base = 1"),
    "parity": ("Parity with English", "tokens per token of the same in English"),
}


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the tables and their charts, or None without a table or with an empty one."""
    if inputs.tokenizer_table is None:
        return None
    table = read_tokenizers(inputs.tokenizer_table)
    return None if table.empty else show_tokenizers(table, inputs.colours)


def read_tokenizers(path: Path) -> pd.DataFrame:
    """Read the tokenizer table; `InputError` where it does not say which tokenizer and language."""
    return read_csv(path, ("tokenizer", "language"), CHARTED, "a table of tabulate_tokenizers")


def show_tokenizers(table: pd.DataFrame, colours: dict[str, str]) -> dict[str, Any]:
    """Return both tokenizer tables, and a chart for each column of `CHARTED` that has values."""
    figures, titles = {}, {}
    for measure, (title, axis) in CHARTED.items():
        # The base costs what it costs: the line at 1 shows it.
        others = table["tokenizer"] != table["tokenizer"].iloc[0]
        rows = table[others] if measure == "cost_ratio" else table
        drawn = draw_fertility(rows, measure, axis, colours) if measure in table else None
        if drawn:
            figures[f"fertility-{measure}"], titles[f"fertility-{measure}"] = drawn, title
    return {
        "names": list(dict.fromkeys(table["tokenizer"])),
        "tables": [tokenizer_forms.build_table(table, title) for title in tokenizer_forms.TABLES],
        "figures": figures,
        "titles": titles,
    }
