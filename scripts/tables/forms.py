"""Write a table's three files: its long form as CSV, and what a reader sees as Markdown and LaTeX.

write_forms(Path("results/tables/main"), rows, to_markdown(rows), to_latex(rows))
"""

from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.common.escapes import clean_text
from scripts.common.files import write_text

# What a spreadsheet takes for the beginning of a formula, in a text that is no number.
FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")


def write_forms(stem: Path, rows: pd.DataFrame, markdown: str, latex: str) -> None:
    """Write ``<stem>.csv`` (every column, full precision), ``<stem>.md`` and ``<stem>.tex``."""
    write_text(Path(f"{stem}.csv"), guard(rows).to_csv(index=False, lineterminator="\n"))
    write_text(Path(f"{stem}.md"), markdown)
    write_text(Path(f"{stem}.tex"), latex)


def guard(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose texts neither a spreadsheet nor a terminal takes for commands.

    An apostrophe before a formula makes it a text in every spreadsheet; numbers stay as they are.
    """
    return rows.map(guard_value).rename(columns=guard_value)


def guard_value(value: Any) -> Any:
    """Return a value of a CSV file as `guard` has it."""
    if not isinstance(value, str):
        return value
    text = clean_text(value)
    return f"'{text}" if text.startswith(FORMULA) and not is_number(text) else text


def is_number(text: str) -> bool:
    """Tell whether a text is a number as it stands."""
    try:
        return isfinite(float(text))
    except ValueError:
        return False
