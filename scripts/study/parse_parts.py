"""What several parts of a study file are made of: recipes, formats, data sets, known names."""

from collections.abc import Mapping
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.settings import from_mapping
from scripts.study.kinds import CHAT, KINDS
from scripts.study.mixture import TERM, Part, turn
from scripts.study.prompts import CHAT_FORMAT, load_prompts
from scripts.study.recipe import Recipe
from scripts.study.registry import Registry


def name_recipes(settings: Mapping[str, Any], registry: Registry) -> Mapping[str, Any]:
    """Return the settings with those recipes of the registry that models use written out.

    A study may not give one of the registry's names to another recipe: the papers' recipes are
    the same in every study and report.
    """
    written = settings.get("recipes", {})
    for name in written:
        if name in registry.recipes:
            raise InputError(
                f"recipes.{name}: registry/recipes.yaml has a recipe of this name; choose another"
            )
    asked = [model["recipe"] for model in settings["models"].values() if "recipe" in model]
    found = {
        name: registry.recipes[name]["values"]
        for name in dict.fromkeys(asked)
        if name in registry.recipes
    }
    return {**settings, "recipes": {**found, **written}} if found else settings


def name_aliases(settings: Mapping[str, Any], registry: Registry) -> Mapping[str, Any]:
    """Return the settings with those aliases of the registry that a study's data names.

    A study's own alias of the name goes first.
    """
    written: Mapping[str, str] = settings.get("data", {})
    texts = [*written.values()]
    for model in settings["models"].values():
        data = model.get("data", {})
        texts += [data] if isinstance(data, str) else list(data)
    named = {match["name"] for text in texts for match in TERM.finditer(str(text))}
    found = {
        alias: text
        for alias, text in registry.aliases.items()
        if named & {alias, turn(alias)} and not {alias, turn(alias)} & written.keys()
    }
    return {**settings, "data": {**found, **written}} if found else settings


def parse_recipe(name: str, written: Mapping[str, Any], inherited: str) -> Recipe:
    """Return a recipe; its format is the parent's where it names none."""
    if ("steps" in written) == ("epochs" in written):
        raise InputError(f"recipes.{name}: expected either 'steps' or 'epochs'")
    if written.get("floor") and written.get("schedule", "cosine") != "cosine":
        raise InputError(f"recipes.{name}.floor: only a cosine schedule has one")
    if written.get("trains") == "new_rows" and "lora" in written:
        raise InputError(f"recipes.{name}: either lora or 'trains: new_rows', which adds no matrix")
    if written.get("too_long") == "split" and written["objective"] != "text":
        raise InputError(f"recipes.{name}.too_long: only text (objective: text) can be split")
    if written.get("join") and written["objective"] != "response":
        raise InputError(f"recipes.{name}.join: only answers (objective: response) are joined")
    if written.get("turns") == "last" and written["objective"] != "response":
        raise InputError(f"recipes.{name}.turns: only answers (objective: response) have turns")
    recipe = from_mapping(Recipe, {"format": inherited, **written})
    known_format(recipe.format or inherited, f"recipes.{name}.format")
    return recipe


def known_format(name: str, key: str) -> str:
    """Return the name of a prompt format if there is such a one; a study's own is JSON by now."""
    if not name.startswith("{"):
        known = {**load_prompts("formats"), CHAT_FORMAT: None}
        known_name(name, known, f"{key}: unknown format")
    return name


def known_name(name: str, known: Mapping[str, Any], what: str) -> None:
    """Raise `InputError` unless `name` is known."""
    if name not in known:
        raise InputError(f"{what} {name!r}{nearest(name, known)}")


def check_parts(parts: list[Part], settings: Mapping[str, Any], registry: Registry) -> None:
    """Check every data set, and every side of one, against the registry."""
    for part in parts:
        try:
            dataset = registry.dataset(part.dataset)
        except InputError as error:
            close = nearest(part.dataset, settings.get("data", {}))
            hint = close if close.startswith("; did") and "; did" not in str(error) else ""
            raise InputError(f"{error}{hint}") from None
        if not KINDS[dataset.kind].trained:
            raise InputError(f"{part.dataset}: a {dataset.kind} set cannot be trained on")
        if part.side and (KINDS[dataset.kind].languages < 2 or part.side not in dataset.languages):
            pairs = KINDS[dataset.kind].languages > 1
            sides = f"a side, {' or '.join(dataset.languages)}"
            expected = sides if pairs else "no side, which only pairs have"
            raise InputError(f"{part.dataset}.{part.side}: expected {expected}")


def check_responses(parts: list[Part], recipe: Recipe, registry: Registry) -> None:
    """Refuse data that has not what carries loss by the recipe's objective.

    That is running text where it is the answer to a prompt, and conversations where it is a suffix
    or they would be tokenized as one text: neither says which of the turns are learned.
    """
    for part in parts:
        kind = registry.dataset(part.dataset).kind
        if kind == CHAT and (recipe.objective == "suffix" or recipe.join):
            unfit = "'join: true'" if recipe.join else "the objective 'suffix'"
            raise InputError(f"{part.dataset}: found conversations, which {unfit} does not take")
        if recipe.objective == "response" and (part.side or not KINDS[kind].responds):
            name = f"{part.dataset}.{part.side}" if part.side else part.dataset
            raise InputError(
                f"{name}: found running text, expected pairs, instructions or conversations, since "
                "the recipe's objective is 'response'; 'text' and 'suffix' take text"
            )
