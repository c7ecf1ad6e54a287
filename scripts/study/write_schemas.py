"""Write what is derived from the settings classes: schemas for editors, and docs/study.md.

In: the dataclasses recipe, run, infer, answer, score and clean, the listings of tasks and kinds,
and schemas/study.schema.yaml. Out: their JSON Schemas in schemas/, to which an editor with
yaml-language-server follows the references of study.schema.yaml, and docs/study.md. Run it after a
change of a key; a test tells when it was forgotten::

    python -m scripts.study.write_schemas
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from scripts.common.command import make_parser, run
from scripts.common.files import ROOT, write_text
from scripts.common.settings import Schema, describe_keys
from scripts.study.answer import Answer
from scripts.study.clean import Clean
from scripts.study.harness import Harness
from scripts.study.infer import Infer
from scripts.study.recipe import Lora, Recipe
from scripts.study.run import Run
from scripts.study.score import Judge, Price, Score
from scripts.study.validate import NAMES, SETTINGS, read_schema

Row = tuple[str, str, str, str]  # key, type, default, meaning
HEAD = "# Written by scripts.study.write_schemas from code; do not edit.\n"
INTRO = """# Every key of a study

Written from scripts/study and schemas/study.schema.yaml by `python -m scripts.study.write_schemas`;
do not edit. config.yaml is an example of nearly all of them. A default of – means that nothing is
set. A mistake costs one line, which names the file, the key and what was expected, before anything
runs.
"""
# Parts of schemas/study.schema.yaml: heading, place in the schema.
PARTS = (
    ("A study", ()),
    ("base, where it is a folder", ("$defs", "base")),
    ("formats.NAME", ("$defs", "format")),
    ("sources.NAME", ("$defs", "source")),
    ("models.NAME", ("$defs", "model")),
    ("models.NAME.extend.LANGUAGE", ("$defs", "extension")),
    ("benchmarks.NAME", ("$defs", "benchmark")),
    ("embedding_init", ("$defs", "embedding_init")),
)
CLASSES = (
    ("clean.NAME", Clean),
    ("recipes.NAME", Recipe),
    ("recipes.NAME.lora", Lora),
    ("score", Score),
    ("score.judge", Judge),
    ("score.judge.price", Price),
    ("infer", Infer),
    ("benchmarks.NAME.answer", Answer),
    ("benchmarks.lm-eval/TASK", Harness),
    ("run", Run),
)
SHORT = {"object": "mapping", "array": "list", "string": "text"}


def main(_: argparse.Namespace) -> None:
    """Write every file."""
    for path, text in derived_files().items():
        write_text(ROOT / path, text)


def derived_files() -> dict[Path, str]:
    """Return the content of every derived file by its path in the repository."""
    schemas = {
        Path("schemas", f"{name}.schema.yaml"): HEAD + dump(read_schema(name))
        for name in (*SETTINGS, *NAMES)
    }
    return schemas | {Path("docs", "study.md"): describe_study()}


def dump(schema: Schema) -> str:
    """Return a schema as YAML, in the order of its keys."""
    return yaml.safe_dump(schema, sort_keys=False, allow_unicode=True, width=100)


def describe_study() -> str:
    """Return the page about a study's keys: a table for each mapping."""
    schema = read_schema("study.schema.yaml")
    sections = [INTRO]
    for heading, place in PARTS:
        part = schema
        for name in place:
            part = part[name]
        sections.append(table(heading, describe_schema(part, schema)))
    sections += [table(heading, describe_keys(cls)) for heading, cls in CLASSES]
    return "\n".join(sections)


def table(heading: str, rows: Iterator[Row]) -> str:
    """Return a heading and a Markdown table of keys."""
    lines = [f"## {heading}", "", "| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    for name, kind, default, meaning in rows:
        cell = default if default in ("–", "required") else f"`{default}`"
        lines.append(f"| `{name}` | {kind} | {cell} | {meaning} |")
    return "\n".join([*lines, ""])


def describe_schema(part: Schema, schema: Schema) -> Iterator[Row]:
    """Yield the keys of a mapping in a JSON Schema; `schema` is the whole, for its references."""
    for name, value in part["properties"].items():
        default = json.dumps(value["default"]) if "default" in value else "–"
        default = "required" if name in part.get("required", ()) else default
        yield name, schema_type(value, schema), default, value["description"]


def schema_type(value: Schema, schema: Schema) -> str:
    """Return a schema's type in words."""
    reference = value.get("$ref", "")
    if reference.startswith("#/$defs/"):
        return schema_type(schema["$defs"][reference.rpartition("/")[2]], schema)
    if reference:
        return schema_type(read_schema(reference), schema)
    if "anyOf" in value:
        return " or ".join(schema_type(choice, schema) for choice in value["anyOf"])
    if "enum" in value:
        return " or ".join(value["enum"])
    kind: Any = value.get("type", "object")
    if kind == "array":
        return f"list of {schema_type(value['items'], schema)}"
    limit = f", at least {value['minimum']}" if "minimum" in value else ""
    limit += f", at most {value['maximum']}" if "maximum" in value else ""
    return f"{SHORT.get(kind, kind)}{limit}"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    return make_parser("study.write_schemas", __doc__)


if __name__ == "__main__":
    run(main, parser())
