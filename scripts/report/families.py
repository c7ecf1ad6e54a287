"""Benchmarks that come in several languages or directions: families of columns that compare.

``xquad_zh`` belongs to the family xquad; ``flores_en-zh`` to flores from English, and to the matrix
of all of flores' directions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from scripts.tables.main_table import list_columns, select_column

FEWEST_LANGUAGES, FEWEST_DIRECTIONS = 3, 2
Columns = dict[str, tuple[str, str]]  # by language or direction: (benchmark, metric)


@dataclass(frozen=True)
class Family:
    """The columns of one metric that differ in their language, or direction, alone."""

    name: str
    metric: str
    columns: Columns

    def rows(self, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Return the table's rows by language or direction."""
        return {code: select_column(table, *column) for code, column in self.columns.items()}


def group_columns(
    table: pd.DataFrame, name: Callable[[str, list[str]], tuple[str, str] | None], fewest: int
) -> list[Family]:
    """Return the families of at least `fewest` columns.

    `name` turns a benchmark's entry and languages into its family and what it is called there.
    """
    found: dict[tuple[str, str], Columns] = {}
    for benchmark, metric in list_columns(table):
        entry, _, suffix = benchmark.rpartition("_")
        named = name(entry, suffix.split("-"))
        if named:
            found.setdefault((named[0], metric), {})[named[1]] = (benchmark, metric)
    return [Family(*key, columns) for key, columns in found.items() if len(columns) >= fewest]


def name_language(entry: str, codes: list[str]) -> tuple[str, str] | None:
    """Return a benchmark's family and language; of a direction, the one that is not English."""
    if len(codes) == 1:
        return entry, codes[0]
    if codes[0] == "en":
        return f"{entry} from English", codes[1]
    return (f"{entry} into English", codes[0]) if codes[1] == "en" else None


def name_direction(entry: str, codes: list[str]) -> tuple[str, str] | None:
    """Return a matrix and direction of Flores, which has the same sentences in every language."""
    is_flores = entry.startswith("flores") and len(codes) == 2
    return (entry, "-".join(codes)) if is_flores else None


def language_families(table: pd.DataFrame) -> list[Family]:
    """Return the families that are worth a chart by language."""
    return group_columns(table, name_language, FEWEST_LANGUAGES)


def direction_families(table: pd.DataFrame) -> list[Family]:
    """Return the families that are worth a matrix of directions."""
    return group_columns(table, name_direction, FEWEST_DIRECTIONS)


def charted_columns(table: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the (benchmark, metric) pairs that a chart by language shows."""
    return {column for family in language_families(table) for column in family.columns.values()}
