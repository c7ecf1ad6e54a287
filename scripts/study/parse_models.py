"""Turns `models` of a study file into `Model`s: parents first, every name in them checked."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.study.base_model import check_base
from scripts.study.extension import parse_extensions, parse_reference
from scripts.study.hub import HUB, guess_hub
from scripts.study.mixture import parse_mixture
from scripts.study.names import check_model_names
from scripts.study.parse_parts import (
    check_parts,
    check_responses,
    known_format,
    known_name,
    parse_recipe,
)
from scripts.study.registry import Registry
from scripts.study.study import BASE, Model
from scripts.study.variants import Variants

# Keys that only a stage with `extend` has.
EXTENDING = ("embeddings", "prune", "shrink", "replace", "reference")


def parse_models(
    settings: Mapping[str, Any], registry: Registry, folder: Path = Path()
) -> dict[str, Model]:
    """Return the models as they are written, `base` before all, variants behind their model.

    Paths are relative to `folder`, that of the study's file.
    """
    models = {BASE: Model(BASE, None, base_format(settings["base"], registry))}
    written, variants = settings["models"], Variants()
    check_model_names(written)
    while not written.keys() <= models.keys():
        ready = [name for name in written if name not in models and written[name]["from"] in models]
        if not ready:
            raise orphan_error(written, models)
        for name in ready:
            parent = models[written[name]["from"]]
            model = parse_model(name, parent, settings, registry, folder)
            models |= variants.of(model, settings)
    check_new_rows(models)
    order = [BASE, *written]
    return dict(sorted(models.items(), key=lambda named: order.index(written_name(named[1]))))


def written_name(model: Model) -> str:
    """Return the name under which the study writes a model, or the one that it is a variant of."""
    return model.stem or model.sibling_of or model.name


def check_new_rows(models: Mapping[str, Model]) -> None:
    """Refuse to train the new rows of a model that has none, or has them among the old."""
    extended, mixed = set(), set()  # models come parents first
    for model in models.values():
        if model.replace or (model.parent in mixed and not model.extend):
            mixed.add(model.name)
        if model.recipe and model.recipe.trains == "new_rows" and model.parent in mixed:
            raise InputError(
                f"models.{model.name}: 'trains: new_rows' needs the new rows behind the others; "
                "expected an extension without 'replace'"
            )
        if model.extend or model.parent in extended:
            extended.add(model.name)
        elif model.recipe and model.recipe.trains == "new_rows":
            raise InputError(
                f"models.{model.name}: 'trains: new_rows', but no model that it descends from "
                "has 'extend'"
            )


def orphan_error(written: Mapping[str, Any], models: Mapping[str, Model]) -> InputError:
    """Say why no further model can be built: an unknown parent, or a cycle of parents."""
    left = [name for name in written if name not in models]
    for name in left:
        parent = written[name]["from"]
        if parent not in written:
            return InputError(
                f"models.{name}.from: unknown model {parent!r}{nearest(parent, [BASE, *written])}"
            )
    chain = [left[0]]
    while chain[-1] not in chain[:-1]:
        chain.append(written[chain[-1]]["from"])
    cycle = chain[chain.index(chain[-1]) :]
    return InputError(f"models.{cycle[0]}.from: a cycle of parents: {' → '.join(cycle)}")


def base_format(base: str | Mapping[str, str], registry: Registry) -> str:
    """Return the prompt format of the base model."""
    if isinstance(base, str):
        if "/" in base or base.startswith(HUB):
            meant = "" if os.path.exists(base) else guess_hub(base)
            found = "a model of the hub" if meant else "a path"
            source = meant or base
            raise InputError(f"base: found {found}; write {{from: {source}, format: brief}}")
        known_name(base, registry.models, "base: unknown model")
        return known_format(registry.models[base]["format"], f"registry/models.yaml: {base}.format")
    check_base(base)
    return known_format(base["format"], "base.format")


def parse_model(
    name: str, parent: Model, settings: Mapping[str, Any], registry: Registry, folder: Path
) -> Model:
    """Parse one entry of `models` whose parent is known."""
    written = settings["models"][name]
    if "extend" in written:
        if "recipe" in written or "data" in written:
            raise InputError(f"models.{name}: a stage either extends or trains; split it into two")
        extend = parse_extensions(name, settings, registry, folder)
        how = {key: written[key] for key in EXTENDING if key in written}
        how["reference"] = parse_reference(name, extend, settings, registry)
        if "shrink" in how and "replace" in how:
            raise InputError(f"models.{name}: either 'shrink' or 'replace', which keeps other ids")
        if how.get("embeddings") == "focus":
            check_focus(name, extend, settings)
        return Model(name, parent.name, parent.format, extend=extend, **how)
    for key in EXTENDING:
        if key in written:
            raise InputError(f"models.{name}.{key}: only a stage with 'extend' has new pieces")
    if "recipe" not in written or "data" not in written:
        raise InputError(f"models.{name}: expected 'extend', or 'recipe' and 'data'")
    recipes = settings.get("recipes", {})
    known = {**registry.recipes, **recipes}
    known_name(written["recipe"], known, f"models.{name}.recipe: unknown recipe")
    recipe = parse_recipe(written["recipe"], recipes[written["recipe"]], parent.format)
    try:
        data = parse_mixture(written["data"], settings.get("data", {}))
        parts = [part for group in data for part in group.parts]
        check_parts(parts, settings, registry)
        check_responses(parts, recipe, registry)
    except InputError as error:
        raise InputError(f"models.{name}.data: {error}") from None
    if not data:
        raise InputError(f"models.{name}.data: every weight is zero")
    if recipe.epochs and len(data) > 1:
        raise InputError(f"models.{name}: weights need a recipe with 'steps', found 'epochs'")
    return Model(name, parent.name, recipe.format or parent.format, recipe=recipe, data=data)


def check_focus(
    name: str, extend: tuple[tuple[str, Any], ...], settings: Mapping[str, Any]
) -> None:
    """Refuse FOCUS for a language without text: it needs some, even where pieces come ready."""
    for language, _ in extend:
        if language not in settings.get("data", {}):
            raise InputError(
                f"models.{name}.embeddings: focus learns from text; expected data.{language}"
            )
