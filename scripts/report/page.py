"""What every section of the report may draw from."""

import argparse
from dataclasses import dataclass
from typing import Any

import pandas as pd

Section = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """The command line, and what several sections need of its files.

    Attributes:
        arguments: the options of write_report.
        table: the main table in its long form.
        tokenizers: the tokenizer table, or None without one.
        coloured: the sentences coloured by token, or None.
        settings: the resolved study, or nothing.
        colours: a colour for each model and tokenizer, as ``#rrggbb``.
        began: when writing began, in seconds since the epoch.
    """

    arguments: argparse.Namespace
    table: pd.DataFrame
    tokenizers: pd.DataFrame | None
    coloured: Section | None
    settings: dict[str, Any]
    colours: dict[str, str]
    began: float
