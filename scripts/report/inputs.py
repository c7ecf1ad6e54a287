"""What a report is written from: the files that the command line names, and what sections share.

A section reads the files that it needs, and says that it has nothing to show where one is None.
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.report.charts import Colours
from scripts.study.yaml_file import read_yaml
from scripts.tables.main_table import get_baseline, list_models, read_table


@dataclass(frozen=True)
class Inputs:
    """The files of a report; `answers` as the page links it.

    By model are logs, translations, folders (`models`) and links to cards that are written.
    """

    title: str
    scores_table: Path
    paper_tables: list[Path] = field(default_factory=list)
    embedding_init: Path | None = None
    tokenizer_table: Path | None = None
    coloured_tokens: Path | None = None
    base_checks: Path | None = None
    overlap_checks: list[Path] = field(default_factory=list)
    cleaning: list[Path] = field(default_factory=list)
    training_logs: dict[str, Path] = field(default_factory=dict)
    speed_logs: dict[str, Path] = field(default_factory=dict)
    held_out_logs: dict[str, Path] = field(default_factory=dict)
    models: dict[str, Path] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    translations: dict[str, Path] = field(default_factory=dict)
    predictions: list[Path] = field(default_factory=list)
    answers: str | None = None
    settings: Path | None = None
    sources: Path | None = None
    meta: list[Path] = field(default_factory=list)
    timings: Path | None = None
    logs: Path | None = None

    @cached_property
    def scores(self) -> pd.DataFrame:
        """The main table."""
        return read_table(self.scores_table)

    @cached_property
    def colours(self) -> Colours:
        """One colour per model or tokenizer, the same in all sections."""
        return Colours(list_models(self.scores), get_baseline(self.scores))

    @cached_property
    def study(self) -> dict[str, Any]:
        """The resolved settings of the study, empty where they are not given."""
        return read_settings(self.settings) if self.settings else {}

    @cached_property
    def parents(self) -> dict[str, str]:
        """Each model's parent, as far as the settings tell."""
        return read_parents(self.study)


def read_settings(path: Path) -> dict[str, Any]:
    """Read the study's settings from YAML or JSON; `InputError` if they are not a mapping."""
    settings = read_json(path, "a study") if path.suffix == ".json" else read_yaml(path)
    if not isinstance(settings, dict):
        raise InputError(f"{path}: found {type(settings).__name__}, expected a mapping of settings")
    return settings


def read_parents(settings: dict[str, Any]) -> dict[str, str]:
    """Return each model's parent, as far as the settings tell."""
    models = settings.get("models")
    if not isinstance(models, dict):
        return {}
    named = {name: model for name, model in models.items() if isinstance(model, dict)}
    parents = {name: model.get("from") or model.get("parent") for name, model in named.items()}
    return {name: parent for name, parent in parents.items() if parent}
