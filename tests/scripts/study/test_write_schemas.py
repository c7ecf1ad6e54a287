"""Schemas for editors and docs/study.md say what the code says."""

from pathlib import Path

import pytest

from scripts.common.files import ROOT
from scripts.study.validate import read_schema
from scripts.study.write_schemas import derived_files

STUDIES = [ROOT / "config.yaml", *sorted(ROOT.glob("configs/*.yaml"))]


@pytest.mark.parametrize(("path", "text"), derived_files().items(), ids=map(str, derived_files()))
def test_derived_files_are_current(path, text):
    assert (ROOT / path).read_text(encoding="utf-8") == text, (
        f"{path} is stale; run python -m scripts.study.write_schemas"
    )


def test_every_key_of_a_study_has_a_description():
    for stem in ("study", "recipe", "run", "infer", "score", "benchmarks", "datasets"):
        for place, key in keys_in(read_schema(f"{stem}.schema.yaml"), stem):
            assert key.get("description"), place


def keys_in(schema, place):
    """Yield every key that a schema knows, however deep, with its place."""
    for name, value in schema.items() if isinstance(schema, dict) else ():
        if name == "properties":
            for key, inner in value.items():
                yield f"{place}.{key}", inner
        yield from keys_in(value, f"{place}.{name}")


@pytest.mark.parametrize("study", STUDIES, ids=lambda path: path.name)
def test_an_editor_finds_the_schema_of_a_study(study):
    first, _, _ = study.read_text(encoding="utf-8").partition("\n")
    mark, _, schema = first.partition("$schema=")
    assert mark == "# yaml-language-server: "
    assert (study.parent / Path(schema)).resolve() == ROOT / "schemas" / "study.schema.yaml"


def test_every_reference_between_schemas_is_a_file():
    for file in (ROOT / "schemas").glob("*.yaml"):
        for reference in references(read_schema(file.name)):
            assert reference.startswith("#") or (ROOT / "schemas" / reference).is_file(), reference


def references(schema):
    """Yield every ``$ref`` of a schema."""
    if isinstance(schema, dict):
        yield from [schema["$ref"]] if "$ref" in schema else ()
        for value in schema.values():
            yield from references(value)
