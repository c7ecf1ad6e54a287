"""What a card is written from: the study's facts, how each stage came to be, and two tables."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.common.escapes import clean_text
from scripts.common.files import Fields, parse_json, read_json
from scripts.study.own_sources import NO_LICENCE
from scripts.tables.main_table import COLUMNS, get_baseline, read_table
from scripts.tables.read_csv import read_csv

Stage = dict[str, Any]  # a stage.json
RECORD: Fields = {"repository": str, "commit": str}
EXPECTED = "what the study says of a model"
FIELDS: Fields = {
    "study": str, "base": dict, "format": str, "plus": (str, type(None)), "languages": dict,
    "benchmarks": dict, "data": dict,
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """All that a card of `model` says.

    `study` has the study's name, its base (title, home, licence, hub), the prompt format, whose
    word embeddings the release adds (`plus`), names of languages, benchmarks (title, task,
    languages) and data sets (title, licence, home, languages, of conversations their kind, of the
    hub commits by repository).
    `stages` are the ``stage.json`` of its ancestors and its own, the base's first. `scores` is the
    main table, the model's rows and the baseline's; `tokens` the tokenizer table. Either may be
    empty.
    """

    model: str
    study: dict[str, Any]
    stages: list[Stage]
    scores: pd.DataFrame
    tokens: pd.DataFrame

    @property
    def trained(self) -> list[Stage]:
        """Return the stages that trained, in order."""
        return [stage for stage in self.stages if "recipe" in stage]

    @property
    def extended(self) -> list[Stage]:
        """Return the stages that extended the vocabulary, in order."""
        return [stage for stage in self.stages if "extend" in stage]

    @cached_property
    def baseline(self) -> str:
        """The model that changes are measured from."""
        return get_baseline(self.scores)

    def name(self, language: str) -> str:
        """Return a language's name in English."""
        return str(self.study["languages"].get(language, language))

    @property
    def languages(self) -> list[str]:
        """Return the languages of the data, those of the most tokens seen first."""
        seen: dict[str, int] = {}
        for stage in self.trained:
            for name, counts in stage["sources"].items():
                for language in self.study["data"][name]["languages"]:
                    seen[language] = seen.get(language, 0) + counts["tokens"]
        return sorted(seen, key=lambda language: -seen[language])

    @property
    def new_languages(self) -> list[str]:
        """Return the languages beside English."""
        return [language for language in self.languages if language != "en"]


def read_facts(
    model: str, study: str, stages: list[Path], scores: Path | None, tokens: Path | None
) -> Facts:
    """Read what `scripts.report.write_card` is given; `InputError` where it is not as expected."""
    table = read_table(scores) if scores else pd.DataFrame(columns=COLUMNS)
    told = parse_json(study, "--facts", EXPECTED, FIELDS)
    told["base"]["licence"] = told["base"].get("licence") or read_licence(stages[0])
    told["data"] = {name: entry | read_records(entry) for name, entry in told["data"].items()}
    shown = [model, *dict.fromkeys(table["baseline"])]
    return Facts(
        model=model,
        study=clean_texts(told),
        stages=[read_json(path, "how a model came to be", {"model": str}) for path in stages],
        scores=table[table["model"].isin(shown)],
        tokens=read_tokens(tokens),
    )


def clean_texts(value: Any) -> Any:
    """Return a value of JSON whose texts, titles and licences of others, are on one line each."""
    if isinstance(value, dict):
        return {name: clean_texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [clean_texts(inner) for inner in value]
    return clean_text(value).replace("\n", " ") if isinstance(value, str) else value


def read_licence(stage: Path) -> str | None:
    """Return the licence that was noted when the base was imported, if there was one."""
    path = stage.with_name("published.json")
    noted = read_json(path, "what a base was", {}) if path.is_file() else {}
    return noted.get("licence")


def read_records(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what the hub's records of a data set add: repositories' commits, a licence if need be.

    Nothing where it is none of the hub's.
    """
    paths = entry.get("records", ())
    records = [read_json(path, "a record of the hub", RECORD) for path in paths]
    commits = {record["repository"]: record["commit"] for record in records}
    stated = [record["licence"] for record in records if record.get("licence")]
    missing = entry["licence"] == NO_LICENCE and stated
    return {"commits": commits} | ({"licence": "; ".join(dict.fromkeys(stated))} if missing else {})


def read_tokens(path: Path | None) -> pd.DataFrame:
    """Read the tokenizer table, where there is one."""
    numbers = ("tokens_per_character", "cost_ratio", "lines")
    if path is None:
        return pd.DataFrame(columns=["tokenizer", "language", *numbers])
    return read_csv(path, ("tokenizer", "language"), numbers, "a table of tokenizers")
