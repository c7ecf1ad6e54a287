"""Validation against the JSON Schemas in ``schemas/``, reported as one line each."""

import math
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from scripts.common.errors import InputError, nearest, shorten
from scripts.common.files import ROOT
from scripts.common.settings import schema_of
from scripts.common.texts import has_half_character
from scripts.study.answer import Answer
from scripts.study.clean import Clean
from scripts.study.embedding_methods import METHODS
from scripts.study.harness import Harness
from scripts.study.infer import Infer
from scripts.study.kinds import KINDS
from scripts.study.recipe import Recipe
from scripts.study.run import Run
from scripts.study.score import Score
from scripts.study.tasks import TASKS
from scripts.study.yaml_file import read_yaml

# Schemas that come from the classes; schemas/ has copies for editors (write_schemas).
SETTINGS = {
    "recipe": Recipe, "run": Run, "infer": Infer, "score": Score, "clean": Clean, "answer": Answer,
    "harness": Harness,
}  # fmt: skip
# Likewise, names that code knows.
NAMES = {"task": list(TASKS), "kind": list(KINDS), "embeddings": list(METHODS)}
DRAFT = "https://json-schema.org/draft/2020-12/schema"
WORDS = {
    "object": "a mapping", "array": "a list", "string": "a text", "integer": "a whole number",
    "boolean": "true or false", "null": "nothing",
}  # fmt: skip
# What may be a key: in a name before an address's host, in its query, or with OpenAI's prefix.
SECRET = re.compile(r"(?<=//)[^/@\s']+(?=@)|(?<=\?)[^\s']+|\bsk-[\w-]+")
SWITCHES = ("true", "false", "yes", "no", "on", "off")


def is_whole(_: Any, value: Any) -> bool:
    """Tell whether a value is a whole number; 3.0 is not, since a program would be given "3.0"."""
    return isinstance(value, int) and not isinstance(value, bool)


def check_pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[ValidationError]:
    """Yield an error for a text without a pattern, whose ``$`` is the very end of the text.

    To Python a line feed may follow it, and a name that ends in one breaks a file's lines.
    """
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


Validator: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"pattern": check_pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", is_whole),
)


@cache
def validator(schema: str) -> Any:
    """Return the validator for ``schemas/<schema>.schema.yaml``, which may refer to another."""
    return Validator(
        read_schema(f"{schema}.schema.yaml"),
        registry=Registry(retrieve=retrieve_schema),  # type: ignore[call-arg]
    )


def retrieve_schema(name: str) -> Resource[Any]:
    """Return a schema that another refers to.

    It names no draft: at one that does, jsonschema changes to its own validator, to which 2.0 is a
    whole number.
    """
    schema = {key: value for key, value in read_schema(name).items() if key != "$schema"}
    return DRAFT202012.create_resource(schema)


def read_schema(name: str) -> Any:
    """Return a schema by its file's name: one that comes from code, or a file of ``schemas/``."""
    stem = name.partition(".")[0]
    if stem in SETTINGS:
        return {"$schema": DRAFT, **schema_of(SETTINGS[stem])}
    if stem in NAMES:
        return {"$schema": DRAFT, "enum": NAMES[stem]}
    return read_yaml(ROOT / "schemas" / name)


def check_schema(value: Any, schema: str, file: str) -> None:
    """Raise `InputError` naming file, key, what was found and what was expected."""
    refuse(value, validator(schema), file)


def check_form(value: Any, schema: dict[str, Any], file: str) -> None:
    """Do as `check_schema` with a schema that refers to no other."""
    refuse(value, Validator(schema), file)


def refuse(value: Any, checks: Draft202012Validator, file: str) -> None:
    """Raise `InputError` for the error that says most of what is wrong, if there is one."""
    try:
        check_plain(value, file, ())
    except RecursionError:
        raise InputError(f"{file}: a mapping or list contains itself by an alias (&, *)") from None
    error = best_match(checks.iter_errors(value))
    if error:
        raise InputError(f"{file}: {explain(error)}")


def check_plain(value: Any, file: str, path: tuple[str, ...]) -> None:
    """Refuse what a schema does not see: what is no key, non-finite numbers, half characters."""
    place = ".".join(path) or "top level"
    if isinstance(value, str) and has_half_character(value):
        raise InputError(f"{file}: {place}: found a lone surrogate, half a character")
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{file}: {place}: found {value}, expected a finite number")
    for number, item in enumerate(value if isinstance(value, list) else ()):
        check_plain(item, file, (*path, str(number)))
    for key in value if isinstance(value, dict) else ():
        check_key(key, f"{file}: {place}")
        check_plain(value[key], file, (*path, key))


def check_key(key: Any, place: str) -> None:
    """Refuse a key that is no text, or not shown as it is."""
    found = f"{place}: found the key {shorten(repr(key))}, expected"
    if not isinstance(key, str):
        raise InputError(f"{found} text in quotes")
    if not key.isprintable() or key != key.strip():
        raise InputError(f"{found} one line without control characters or spaces around it")


def explain(error: Any) -> str:
    """Word one `ValidationError`: where it is, what was found, what was expected."""
    key = ".".join(str(part) for part in error.absolute_path) or "top level"
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = next(name for name in error.instance if name not in known)
        place = unknown if key == "top level" else f"{key}.{unknown}"
        return f"{place}: unknown key{nearest(unknown, known)}"
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return f"{key}: the key {missing!r} is missing"
    hint = writing_hint(error) if error.validator == "type" else ""
    found = shorten(SECRET.sub("…", repr(error.instance)))
    return f"{key}: found {found}, expected {expectation(error)}{hint}"


def writing_hint(error: Any) -> str:
    """Say how to write what YAML takes for text, for a truth value, or for no whole number.

    To it 3e-4 is no number, 3.0e-4 is, and no is false; a name of digits is a number.
    """
    if isinstance(error.instance, bool):
        text = error.validator_value == "string"
        return "; put it in quotes (YAML takes yes, no, on and off for these)" if text else ""
    if error.validator_value == "boolean" and str(error.instance).lower() in SWITCHES:
        return "; leave the quotes out"
    if error.validator_value == "string" and isinstance(error.instance, int | float | date):
        return "; put it in quotes"
    try:
        number = float(error.instance)
    except (TypeError, ValueError):
        return ""
    if error.validator_value == "integer":
        return f"; write {int(number)}" if number.is_integer() else ""
    if not isinstance(error.instance, str) or not math.isfinite(number):
        return ""
    return "; write " + re.sub("^(-?[0-9]+)e", r"\1.0e", repr(number))


def expectation(error: Any) -> str:
    """Say in words what the schema asked for at the place of the error."""
    expected = error.schema.get("expected")
    value = error.validator_value
    if error.validator == "enum":
        return f"one of: {', '.join(map(str, value))}{nearest_in(error.instance, value)}"
    if error.validator == "maxLength":
        return f"at most {value} characters"
    if error.validator == "minLength":
        return f"at least {value} character{'s' if value > 1 else ''}"
    if error.validator in ("minItems", "minProperties"):
        return f"at least {value} entries" if value > 1 else "at least one entry"
    if error.validator == "maxItems":
        return f"at most {value} entries"
    if error.validator == "uniqueItems":
        return "each entry once"
    if expected:
        return str(expected)
    if error.validator == "type":
        kinds = value if isinstance(value, list) else [value]
        return " or ".join(WORDS.get(kind, f"a {kind}") for kind in kinds)
    limits = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}
    return f"{limits.get(error.validator, error.validator)} {value}"


def nearest_in(word: Any, known: list[Any]) -> str:
    """Return the hint of `nearest` only where one name is close."""
    hint = nearest(str(word), map(str, known))
    return hint if hint.startswith("; did") else ""
