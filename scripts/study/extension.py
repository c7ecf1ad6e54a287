"""What a stage's `extend` says of a language: how many pieces, or which ready model has them.

And what it says of English: which text stays as it was, or is reported where it changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.files import ROOT
from scripts.study.mixture import Part, parse_expression
from scripts.study.registry import Registry
from scripts.study.sources import parse_source, resolve_source

ENGLISH = "en"
COVERAGE = 0.9995  # of a script of many characters: SentencePiece's README


@dataclass(frozen=True)
class Extension:
    """New pieces of one language.

    `pieces` is how many (None: all of the model's), `model` the URL of a SentencePiece model
    (`scripts.study.sources`) to take them from (None: learned from the language's text) with its
    `sha256`, `policy` what may be appended (`script`: pieces of the language's own script;
    `unchanged`: those that change no line of the reference text; `all`), `coverage` the share of
    the text that is made of characters which get a piece (None: the default).
    """

    pieces: int | None
    model: str | None = None
    policy: str = "script"
    coverage: float | None = None
    sha256: str | None = None


def parse_extensions(
    name: str, settings: Mapping[str, Any], registry: Registry, folder: Path
) -> tuple[tuple[str, Extension], ...]:
    """Return a model's extensions in the order of the study, which is that of the new ids.

    Paths of ready models are relative to `folder`, that of the study's file.
    """
    written = settings["models"][name]
    found = []
    for language, value in written["extend"].items():
        key = f"models.{name}.extend.{language}"
        if isinstance(value, dict) and "model" in value:
            value = value | {"model": find_model(key, value["model"], folder)}
        extension = parse_extension(key, value, settings, registry)
        if "prune" in written and language not in settings.get("data", {}):
            raise InputError(
                f"{key}: expected an alias data.{language} with the text in which "
                f"'prune: {written['prune']}' counts the pieces"
            )
        found.append((language, extension))
    return tuple(found)


def parse_extension(
    key: str, written: int | Mapping[str, Any], settings: Mapping[str, Any], registry: Registry
) -> Extension:
    """Refuse a language that is unknown, or has nothing to learn from; settle its policy."""
    language = key.rpartition(".")[2]
    if language not in registry.languages:
        raise InputError(
            f"{key}: unknown language {language!r}{nearest(language, registry.languages)}"
        )
    values: dict[str, Any] = {"pieces": written} if isinstance(written, int) else dict(written)
    if values.get("coverage") == COVERAGE:
        del values["coverage"]  # the default, said or not, is the same
    own = "graft" in registry.languages[language]
    values.setdefault("policy", "script" if own else "unchanged")
    extension = Extension(values.pop("pieces", None), **values)
    if extension.policy == "script" and not own:
        script = registry.languages[language]["script"]
        raise InputError(
            f"{key}.policy: its script ({script}) is English's own; expected 'unchanged', or "
            "'all', which changes how English tokenizes"
        )
    if extension.model:
        check_model(key, extension, extension.model)
    elif extension.sha256:
        raise InputError(f"{key}.sha256: only a ready 'model' has one; leave it out")
    elif extension.pieces is None:
        raise InputError(f"{key}: expected 'pieces', how many to learn, or a ready 'model'")
    elif language not in settings.get("data", {}):
        raise InputError(
            f"{key}: expected an alias data.{language} with the text to learn pieces from"
        )
    return extension


def parse_reference(
    name: str,
    extend: tuple[tuple[str, Extension], ...],
    settings: Mapping[str, Any],
    registry: Registry,
) -> tuple[Part, ...]:
    """Return the English text that a model's policies are about, () where none needs any.

    Under `all` alone it may be missing, and for ready models it is read if it is named only: then
    no change is reported.
    """
    written, aliases = settings["models"][name], settings.get("data", {})
    alias, key = written.get("reference", ENGLISH), f"models.{name}.reference"
    policies = {extension.policy for _, extension in extend}
    if policies == {"script"}:
        if "reference" in written:
            raise InputError(f"{key}: under 'policy: script' no text is needed; leave it out")
        return ()
    ready = all(extension.model for _, extension in extend)
    if "unchanged" not in policies and ready and "reference" not in written:
        return ()
    if alias not in aliases:
        if "reference" in written:
            raise InputError(f"{key}: unknown alias {alias!r}{nearest(alias, aliases)}")
        if "unchanged" in policies:
            raise InputError(
                f"{key}: 'policy: unchanged' keeps the tokens of English text; expected an alias "
                f"data.{ENGLISH}, or the name of another alias here"
            )
        return ()
    parts = parse_expression(alias, aliases)
    for part in parts:
        if ENGLISH not in ([part.side] if part.side else registry.dataset(part.dataset).languages):
            raise InputError(f"{key}: {alias}: {part.dataset} has no text in {ENGLISH!r}")
    return parts


def find_model(key: str, written: str, folder: Path) -> str:
    """Return the URL of a ready model; `InputError` where it is a path of no file."""
    try:
        return resolve_source(written, folder)
    except InputError as error:
        raise InputError(f"{key}.model: {error}") from None


def check_model(key: str, extension: Extension, model: str) -> None:
    """Refuse a ready model's address that cannot be taken, or taken without a check."""
    try:
        source = parse_source(model)
    except InputError as error:
        raise InputError(f"{key}.model: {error}") from None
    if source.kind == "pypi" or not source.raw.endswith(".model"):
        raise InputError(
            f"{key}.model: found {model!r}, expected manual:<path>.model, file:<path>.model, "
            "https://host/path.model or a path that ends in .model"
        )
    if source.is_folder:
        raise InputError(f"{key}.model: {source.location} is a folder, expected a file")
    if source.kind == "file" and not (ROOT / source.location).is_file():
        raise InputError(f"{key}.model: {model!r}: no such file in the repository")
    if source.kind == "https" and not extension.sha256:
        raise InputError(f"{key}: the key 'sha256' is missing, which a file of the web needs")
    if extension.coverage:
        raise InputError(f"{key}.coverage: a ready model's pieces are not learned; leave it out")
