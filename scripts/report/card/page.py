"""The part of a card that a person reads: what ``card.md.j2`` shows."""

import json
from typing import Any

import pandas as pd

from scripts.common.escapes import clean_json
from scripts.report.card.facts import Facts, Stage
from scripts.report.card.metadata import HUB_DATASETS, list_data
from scripts.study.kinds import CHAT
from scripts.study.metrics import get_metric
from scripts.tables.main_table import (
    by_metric,
    describe_columns,
    describe_marks,
    format_column,
    list_columns,
    select_column,
)
from scripts.tables.markdown import Marked, code, link, markdown_notes, markdown_rows
from scripts.tables.table import Cell, Row, Table

REQUEST = "Translate from English to {}.\nThe harbour was quiet."
OBJECTIVES = {
    "text": "continued text",
    "suffix": "the end of each text",
    "response": "answers",
}


def show(facts: Facts) -> dict[str, Any]:
    """Return the values of the template."""
    return {
        "model": facts.model,
        "study": code(facts.study["study"]),
        "folder": quoted(f"path/to/{facts.model}"),
        "request": quoted(REQUEST.format(*[*map(facts.name, facts.new_languages), "French"])),
        "base": facts.study["base"],
        "baseline": None if facts.scores.empty else facts.baseline,
        "languages": [facts.name(language) for language in facts.new_languages],
        "scores": show_scores(facts.scores),
        "english": list_english(facts),
        "same_english": same_english(facts),
        "fertility": list_fertility(facts),
        "extended": [describe_extension(facts, stage) for stage in facts.extended],
        "stages": show_stages(facts),
        "tokens": sum(count(stage, "tokens") for stage in facts.trained),
        "data": show_data(facts),
        "trained": [stage["model"] for stage in facts.trained],
        "length": max((stage["data"]["length"] for stage in facts.trained), default=None),
        "answers": any(stage["data"]["objective"] == "response" for stage in facts.trained),
        "turns": any(entry.get("kind") == CHAT for entry in list_data(facts)[1]),
        "format": code(facts.study["format"]),
        "plus": facts.study["plus"],
        "smallest": None if facts.scores.empty else int(facts.scores["n"].min()),
    }


def quoted(text: str) -> Marked:
    """Return a text as Python and JSON write it, in quotation marks."""
    return Marked(clean_json(json.dumps(text, ensure_ascii=False)))


def count(stage: Stage, what: str) -> int:
    """Return how many `tokens`, `useful_tokens` or `records` a stage has seen."""
    return sum(int(source[what]) for source in stage["sources"].values())


def join(lines: list[str]) -> Marked:
    """Return lines of Markdown as one text."""
    return Marked("\n".join(lines))


def show_scores(table: pd.DataFrame) -> dict[str, str] | None:
    """Return the table of scores, what its marks mean, and of its columns n, signature and test."""
    if table.empty:
        return None
    return {
        "rows": join(markdown_rows(by_metric(table))),
        "marks": join(markdown_notes(describe_marks(table))),
        "columns": join(markdown_notes(describe_columns(table))),
    }


def list_english(facts: Facts) -> list[dict[str, Any]]:
    """Return each English score before and after, as printed."""
    found = []
    for benchmark, metric in list_columns(facts.scores):
        if facts.study["benchmarks"][benchmark]["languages"] != ["en"]:
            continue
        cells = format_column(select_column(facts.scores, benchmark, metric))
        if {facts.model, facts.baseline} <= cells.keys() and facts.model != facts.baseline:
            kind = get_metric(metric)
            found.append(
                {
                    "name": f"{benchmark} {kind.label} {kind.arrow}".strip(),
                    "before": cells[facts.baseline],
                    "after": cells[facts.model],
                }
            )
    return found


def own_tokens(facts: Facts) -> pd.DataFrame:
    """Return the tokenizer table's rows of the model's own vocabulary."""
    names = [stage["model"] for stage in facts.extended]
    return facts.tokens[facts.tokens["tokenizer"].isin(names[-1:])]


def same_english(facts: Facts) -> int | None:
    """Return how many lines of English are tokenized as before, if all are; else None."""
    table = own_tokens(facts)
    rows = table[table["language"] == "en"]
    same = not rows.empty and rows["unchanged"].iloc[0] == "yes"
    return int(rows["lines"].iloc[0]) if same else None


def list_fertility(facts: Facts) -> list[dict[str, Any]]:
    """Return what text costs in each language but English, in the base's tokens and the model's."""
    found = []
    for row in own_tokens(facts).itertuples():
        if row.language != "en":
            found.append(
                {
                    "language": facts.name(row.language),
                    "before": row.tokens_per_character / row.cost_ratio,
                    "after": row.tokens_per_character,
                    "ratio": row.cost_ratio,
                    "lines": int(row.lines),
                }
            )
    return found


def describe_extension(facts: Facts, stage: Stage) -> str:
    """Return ``3,200 tokens for Chinese``, and what else a stage added."""
    return ", ".join(
        f"{size:,} tokens for {facts.name(language)}" for language, size in stage["extend"].items()
    )


def show_stages(facts: Facts) -> str:
    """Return the table of the model's stages."""
    rows = []
    for stage in facts.stages[1:]:
        if "extend" in stage:
            what = f"new: {describe_extension(facts, stage)}"
            cells = (what, "", "", "", "")
        else:
            recipe, data = stage["recipe"], stage["data"]
            what = OBJECTIVES.get(data["objective"], data["objective"])
            what += f", format {data['format']}" if data["objective"] == "response" else ""
            tokens, useful = (f"{count(stage, key):,}" for key in ("tokens", "useful_tokens"))
            steps = f"{data['rows'] // recipe['batch']:,} of {recipe['batch']} × {data['length']}"
            cells = (what, tokens, useful, steps, f"{recipe['learning_rate']:g}{adapter(recipe)}")
        rows.append(Row((stage["model"],), tuple(map(Cell, cells))))
    head = ("stage", "learns", "tokens", "with loss", "steps", "learning rate")
    return join(markdown_rows(Table(head, tuple(rows), sides="llrrrr")))


def adapter(recipe: dict[str, Any]) -> str:
    """Return what is said of a recipe that does not train all weights."""
    if recipe.get("lora"):
        return ", LoRA"
    return ", new rows only" if recipe.get("trains") == "new_rows" else ""


def show_data(facts: Facts) -> str:
    """Return the table of base and data with their licences and the tokens seen of each."""
    base = facts.study["base"]
    rows = [source_row("base model", base | {"languages": []}, "", facts)]
    for name, entry in zip(*list_data(facts), strict=True):
        seen = sum(
            int(stage["sources"][name]["tokens"])
            for stage in facts.trained
            if name in stage["sources"]
        )
        rows.append(source_row(name, entry, f"{seen:,}", facts))
    head = ("source", "title", "languages", "tokens seen", "licence")
    return join(markdown_rows(Table(head, tuple(rows), sides="lllrl")))


def source_row(name: str, entry: dict[str, Any], seen: str, facts: Facts) -> Row:
    """Return one line of the table of sources, its title a link where it has a home."""
    title, home = str(entry["title"]), str(entry.get("home") or "")
    links = [link(title, home)]
    for repository, commit in entry.get("commits", {}).items():
        links.append(link(code(commit[:12]), f"{HUB_DATASETS}{repository}/tree/{commit}"))
    linked = Marked(", ".join(links))
    languages = ", ".join(facts.name(language) for language in entry["languages"])
    licence = str(entry.get("licence") or "not known to the study")
    return Row((name,), tuple(map(Cell, (linked, languages, seen, licence))))
