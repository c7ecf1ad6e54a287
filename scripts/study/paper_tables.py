"""The papers' tables: layouts (``published/tables.yaml``), and which of a study's models fill them.

A study's ``tables`` maps a table to the paper's systems and our models, ``{language}`` standing for
the language of a column::

    tables:
      x-llm-flores: {LLaMA-7B: base, x-LLaMA-7B: "x-llama-{language}"}
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.files import ROOT
from scripts.study.validate import check_schema
from scripts.study.yaml_file import read_yaml

FOLDER = ROOT / "published"
PLACE = "{language}"


@dataclass(frozen=True)
class Column:
    """A heading and its benchmark (several where their improvements are averaged)."""

    heading: str
    benchmarks: tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """One metric of a table; `over` names the systems that an improvement is taken over."""

    title: str
    metric: str  # may carry a key of the score file's details: judge.win
    columns: tuple[Column, ...]
    differs: str = ""
    over: tuple[str, ...] = ()

    @property
    def score(self) -> str:
        """Return the metric whose score file holds the numbers."""
        return self.metric.partition(".")[0]


@dataclass(frozen=True)
class PaperTable:
    """One table of a paper."""

    id: str
    title: str
    paper: str
    source: str
    caption: str
    systems: tuple[str, ...]
    languages: tuple[str, ...]
    panels: tuple[Panel, ...]

    @property
    def known_systems(self) -> tuple[str, ...]:
        """Return its rows, and the systems that its improvements are taken over."""
        over = [system for panel in self.panels for system in panel.over]
        return tuple(dict.fromkeys([*self.systems, *over]))

    @property
    def name(self) -> str:
        """Return the stem of the table's files in ``results/tables``."""
        return self.id.replace("-", "_")

    @property
    def published(self) -> Path:
        """Return the file with the paper's numbers."""
        return FOLDER / f"{self.id}.csv"


@cache
def load_tables() -> dict[str, PaperTable]:
    """Return every layout by its id; `InputError` where the file does not fit its schema."""
    written = read_yaml(FOLDER / "tables.yaml")
    check_schema(written, "tables", "published/tables.yaml")
    return {key: build_table(key, entry) for key, entry in written.items()}


def build_table(key: str, entry: Mapping[str, Any]) -> PaperTable:
    """Return one layout, a panel for each metric, `{language}` expanded in its columns."""
    languages = tuple(entry.get("languages", ()))
    panels = [
        Panel(
            title=panel["title"],
            metric=metric,
            columns=tuple(expand_columns(panel["columns"], languages)),
            differs=panel.get("differs", ""),
            over=tuple(panel.get("over", ())),
        )
        for panel in entry["panels"]
        for metric in panel["metrics"]
    ]
    facts = {name: entry[name] for name in ("title", "paper", "source", "caption")}
    return PaperTable(
        id=key,
        systems=tuple(entry["systems"]),
        languages=languages,
        panels=tuple(panels),
        **facts,
    )


def expand_columns(
    columns: Mapping[str, str | list[str]], languages: tuple[str, ...]
) -> Iterator[Column]:
    """Yield the columns, one a language where the heading asks for it."""
    for heading, written in columns.items():
        benchmarks = [written] if isinstance(written, str) else written
        for language in languages if PLACE in heading else [heading]:
            yield Column(
                heading.replace(PLACE, language),
                tuple(benchmark.replace(PLACE, language) for benchmark in benchmarks),
            )


def parse_tables(settings: Mapping[str, Any], models: Collection[str]) -> dict[str, dict[str, str]]:
    """Return a study's ``tables``; `InputError` for a unknown table, system or model."""
    layouts = load_tables()
    for key, systems in settings.get("tables", {}).items():
        if key not in layouts:
            raise InputError(f"tables: unknown table {key!r}{nearest(key, layouts)}")
        for system, model in systems.items():
            check_system(layouts[key], system, model, models)
    return {key: dict(systems) for key, systems in settings.get("tables", {}).items()}


def check_system(table: PaperTable, system: str, model: str, models: Collection[str]) -> None:
    """Refuse a system that the table does not have, and a model that the study does not have."""
    known = table.known_systems
    if system not in known:
        raise InputError(f"tables.{table.id}: unknown system {system!r}{nearest(system, known)}")
    if PLACE not in model:
        found = [model]
    elif table.languages:
        found = [model.replace(PLACE, language) for language in table.languages]
    else:
        raise InputError(f"tables.{table.id}.{system}: the table has no languages, found {model!r}")
    if not set(found) & set(models):
        raise InputError(
            f"tables.{table.id}.{system}: unknown model {found[-1]!r}{nearest(found[-1], models)}"
        )


@dataclass(frozen=True)
class Place:
    """Where a table needs one of our scores: our model, or the reason why there is none."""

    panel: Panel
    system: str
    heading: str
    benchmark: str
    model: str
    reason: str = ""


def find_places(
    table: PaperTable, systems: Mapping[str, str], columns: Collection[str], models: Collection[str]
) -> list[Place]:
    """Return every score that a table could show, in its order.

    `columns` are the study's ``<benchmark>.<metric>``, `models` its models.
    """
    places = [
        Place(panel, system, column.heading, benchmark, fill(systems.get(system, ""), column))
        for panel in table.panels
        for system in dict.fromkeys([*table.systems, *panel.over])
        for column in panel.columns
        for benchmark in column.benchmarks
    ]
    return [replace(place, reason=explain_gap(place, columns, models)) for place in places]


def fill(pattern: str, column: Column) -> str:
    """Return the model that corresponds to a system in a column."""
    return pattern.replace(PLACE, column.heading)


def explain_gap(place: Place, columns: Collection[str], models: Collection[str]) -> str:
    """Return why the study has no such score, or an empty text where it has one."""
    if not place.model:
        return "the study names no model for this system"
    if place.model not in models:
        return "the study has no model for this column"
    if f"{place.benchmark}.{place.panel.score}" in columns:
        return ""
    if any(column.startswith(f"{place.benchmark}.") for column in columns):
        return "not among the study's metrics of this benchmark"
    return "not among the study's benchmarks"


def needed_scores(places: list[Place]) -> list[tuple[str, str]]:
    """Return each (model, ``<benchmark>.<metric>``) that a table shows, once."""
    found = [
        (place.model, f"{place.benchmark}.{place.panel.score}")
        for place in places
        if not place.reason
    ]
    return list(dict.fromkeys(found))
