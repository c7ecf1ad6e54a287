"""The report's sections as plain data: what the templates print, and the figures by element id."""

from collections.abc import Collection
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.common.errors import InputError
from scripts.report import charts
from scripts.report.languages import charted_columns
from scripts.report.summary import judge_models, summarise
from scripts.report.timings import RuleTime
from scripts.report.translations import sample_translations
from scripts.study.metrics import get_metric, load_metrics
from scripts.tables import tokenizer_forms
from scripts.tables.main_table import (
    ALPHA,
    describe_columns,
    format_column,
    get_baseline,
    list_columns,
    list_models,
    name_interval,
    read_table,
    select_column,
)

Section = dict[str, Any]
# A column of the tokenizer table that is charted: the chart's title, and what its axis is.
CHARTED = {
    "tokens_per_character": ("Tokens per character", "tokens per character"),
    "tokens_per_word": ("Tokens per word", "tokens per word"),
    "cost_ratio": ("Cost beside the base", "tokens per character, base = 1"),
    "parity": ("Parity with English", "tokens per token of the same in English"),
}


def show_scores(table: pd.DataFrame, colours: dict[str, str]) -> Section:
    """Return the main table, the sentences about it and a figure a column."""
    charted = charted_columns(table)  # a chart by language shows them together
    return {
        "summary": summarise(table),
        "verdicts": judge_models(table),
        "models": list_models(table),
        "meanings": [
            metric for name, metric in load_metrics().items() if name in set(table["metric"])
        ],
        "alpha": ALPHA,
        **show_table(table, colours, "score", charted),
    }


def show_ablation(path: Path | None) -> Section | None:
    """Return the ablation of initial rows, a figure a text and moment; None without one."""
    if path is None:
        return None
    table = read_table(path)
    models = list_models(table)
    colours = charts.assign_colours(models, models[0])
    return {"colours": colours, "alpha": ALPHA, **show_table(table, colours, "embedding-init")}


def show_table(
    table: pd.DataFrame,
    colours: dict[str, str],
    prefix: str,
    charted: Collection[tuple[str, str]] = (),
) -> Section:
    """Return a table of scores as the template prints it, and the figures of its columns.

    `prefix` begins the figures' element ids; the columns in `charted` get none.
    """
    columns = list_columns(table)
    cells = [format_column(select_column(table, *column)) for column in columns]
    return {
        "baseline": get_baseline(table),
        "columns": [(benchmark, metric, get_metric(metric)) for benchmark, metric in columns],
        "groups": [(name, len(list(rows))) for name, rows in groupby(name for name, _ in columns)],
        "rows": {model: [column.get(model) for column in cells] for model in list_models(table)},
        "interval": name_interval(table),
        "notes": describe_columns(table),
        "prefix": prefix,
        "figures": {
            f"{prefix}-{index}": charts.draw_scores(select_column(table, *column), colours)
            for index, column in enumerate(columns)
            if column not in charted
        },
    }


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


def show_translations(paths: dict[str, Path]) -> Section | None:
    """Return the sampled translations, or None without predictions."""
    if not paths:
        return None
    rows, total = sample_translations(paths)
    benchmark = next(iter(paths.values())).stem
    return {"benchmark": benchmark, "models": list(paths), "rows": rows, "total": total}


def show_times(times: list[RuleTime]) -> Section | None:
    """Return the rules' times and their chart, or None without timings."""
    if not times:
        return None
    return {"rules": times, "figures": {"times": charts.draw_times(times)}}
