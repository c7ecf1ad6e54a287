"""Reading CSV files that a script is given: one line says what is wrong with one."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from scripts.common.errors import InputError, shorten


def read_csv(
    path: Path, columns: Iterable[str], numbers: Iterable[str] = (), expected: str = "a CSV file"
) -> pd.DataFrame:
    """Read a CSV file that `expected` names.

    Args:
        columns: those that it must have.
        numbers: those that hold numbers or nothing, where the file has them.

    Raises:
        InputError: if the file is missing, no CSV, lacks a column, or has a text for a number.
    """
    try:
        # Nothing but an empty cell is none: nan is the code of a language, None may be a category.
        table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}, expected {expected}") from None
    except ValueError as error:  # pandas' own errors and that of text that is not UTF-8
        raise InputError(f"{path}: not CSV ({str(error).strip()}), expected {expected}") from None
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise InputError(f"{path}: line 1: no column {', '.join(missing)}, expected {expected}")
    for name in numbers:
        if name in table.columns:
            check_numbers(table[name], f"{path}: {name}")
    return table


def check_numbers(column: pd.Series, place: str) -> None:
    """Raise `InputError` with the first value of a column that is no number."""
    wrong = column[pd.to_numeric(column, errors="coerce").isna() & column.notna()]
    if len(wrong):
        raise InputError(f"{place}: found {shorten(repr(wrong.iloc[0]))}, expected a number")
