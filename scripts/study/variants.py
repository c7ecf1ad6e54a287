"""Models that a study writes once and that are trained several times: by seeds, and by a grid.

``seeds: [1, 2, 3]`` trains a model, and all that descends from it, once with each seed: the order
of its data, the wordings that are drawn, dropout. ``grid: {learning_rate: [1e-4, 3e-4]}`` trains it
once with each value, or each combination of values; models that descend from it start from the one
that keeps the name, or from the one that they name.

One variant keeps the model's name: that with the study's seed and the recipe's own values, so that
a study that is finished trains only what is new; where a list lacks them, its first stands for
them. Others are called ``x-zh-s2``, ``x-zh-lr3e-4``, ``x-zh-lr3e-4-s2``.

A variant shares what it can: the tokenizer, the parent where that has no seeds, and the packed rows
of the variant with its seed where the values change no row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import product
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.settings import Key, key_schema, keys_of, names_of
from scripts.study.parse_parts import parse_recipe
from scripts.study.recipe import Packing, Recipe
from scripts.study.study import Model
from scripts.study.validate import check_form

Written = Mapping[str, Any]
SHORT = {"learning_rate": "lr", "weight_decay": "wd"}
# What else hangs on these: a model's prompts, and whether its data has what carries loss.
FIXED = ("objective", "format")
TRAINED = "only a stage with 'recipe' is trained"


@dataclass(frozen=True)
class Variants:
    """The variants of the models that were parsed so far; parents come first.

    `seeds` are those of each model that is no seed of another, `names` what it is called with one.
    """

    seeds: dict[str, tuple[int, ...]] = field(default_factory=dict)
    names: dict[tuple[str, int], str] = field(default_factory=dict)

    def of(self, model: Model, settings: Written) -> dict[str, Model]:
        """Return a model's variants by name, the one that keeps its name first.

        Raises:
            InputError: for a grid's key or value that no recipe has, for seeds or a grid of a stage
                that is not trained, and for a name that is taken.
        """
        entry: Written = settings["models"][model.name]
        for key in ("seeds", "grid"):
            if key in entry and not model.recipe:
                raise InputError(f"models.{model.name}.{key}: {TRAINED}, found 'extend'")
        seeds = self.order_seeds(model, settings)
        found: dict[str, Model] = {}
        for one in self.vary_seeds(model, list(vary_recipe(model, entry, settings)), seeds):
            if one.name in found or (one.name != model.name and one.name in settings["models"]):
                raise InputError(f"models.{model.name}: two models are called {one.name!r}")
            found[one.name] = one
        return found

    def vary_seeds(
        self, model: Model, rows: Sequence[Model], seeds: tuple[int, ...]
    ) -> Iterator[Model]:
        """Yield the model's rows, the values of its grid, with each seed."""
        for row in rows:
            self.seeds[row.name] = seeds
        if not seeds:
            yield from rows
        for number, seed in enumerate(seeds):
            for row in rows:
                name = f"{row.name}-s{seed}" if number else row.name
                self.names[row.name, seed] = name
                yield replace(
                    row,
                    name=name,
                    parent=self.names.get((model.parent or "", seed), model.parent),
                    seed=seed,
                    sibling_of=row.name if number else None,
                    shares=share(row, model, seed if number else None),
                )

    def order_seeds(self, model: Model, settings: Written) -> tuple[int, ...]:
        """Return a model's seeds, that of the variant with its name first; none where it has none.

        They are its own, or its parent's, or, of a stage that is trained, the study's.
        """
        asked = settings["models"][model.name].get("seeds")
        study = settings.get("seeds", ()) if model.recipe else ()
        seeds = tuple(asked or self.seeds.get(model.parent or "") or study)
        first = settings.get("seed", 1)
        return (first, *(seed for seed in seeds if seed != first)) if first in seeds else seeds


def share(one: Model, model: Model, seed: int | None) -> str | None:
    """Return whose tokenizer and rows a variant has, of another seed than the first or of none."""
    if not one.recipe:
        return model.name if seed is not None else None
    return one.shares and (one.shares if seed is None else f"{one.shares}-s{seed}")


def vary_recipe(model: Model, entry: Written, settings: Written) -> Iterator[Model]:
    """Yield a model with each combination of its grid's values, its own or the first ones first."""
    if "grid" not in entry:
        yield model
        return
    assert model.recipe
    place = f"models.{model.name}.grid"
    keys = {
        key: order_values(model.recipe, key, entry["grid"][key], place) for key in entry["grid"]
    }
    made: list[Model] = []
    for values in product(*keys.values()):
        changed = dict(zip(keys, values, strict=True))
        named = {key: value for key, value in changed.items() if value != keys[key][0]}
        recipe = change_recipe(entry["recipe"], changed, model, settings, place)
        name = "-".join([model.name, *(name_value(key, value) for key, value in named.items())])
        alike = (one.name for one in made if packs_alike(one.recipe, recipe))
        stem = model.name if named else None
        shared = next(alike, None)
        made.append(replace(model, name=name, recipe=recipe, stem=stem, shares=shared))
    yield from made


def order_values(recipe: Recipe, name: str, values: Sequence[Any], place: str) -> list[Any]:
    """Return a key's values, the recipe's own first; `InputError` where one does not fit."""
    known = {key.name: key for key in keys_of(Recipe) if not key.nested and key.name not in FIXED}
    if name not in known:
        raise InputError(f"{place}.{name}: unknown key{nearest(name, known)}")
    found = [read_number(known[name], value) for value in values]
    schema = {"type": "object", "properties": {name: key_schema(known[name])}}
    for value in found:
        check_form({name: value}, schema, place)
    if len(set(map(str, found))) < len(found):
        raise InputError(f"{place}.{name}: found {values}, expected each value once")
    own = getattr(recipe, name)
    return sorted(found, key=lambda value: value != own)


def read_number(key: Key, value: Any) -> Any:
    """Return the number that a text is, which YAML makes of 1e-4; other values as they are."""
    if key.type is not float or not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def change_recipe(
    name: str, changed: Written, model: Model, settings: Written, place: str
) -> Recipe:
    """Return the model's recipe with other values."""
    assert model.recipe
    try:
        return parse_recipe(name, {**settings["recipes"][name], **changed}, model.format)
    except InputError as error:
        raise InputError(f"{place}: {error}") from None


def packs_alike(one: Recipe | None, other: Recipe) -> bool:
    """Tell whether two recipes make the same rows of the same data."""
    return all(getattr(one, name) == getattr(other, name) for name in names_of(Packing))


def name_value(key: str, value: Any) -> str:
    """Return a value as part of a name, without a dot: ``lr3e-4``, ``lr15e-5``, ``steps100``."""
    short = SHORT.get(key, key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{short}-{str(value).lower()}"
    _, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)  # the schema takes finite numbers only
    number = "".join(map(str, digits))
    if exponent >= 0 and len(number) + exponent <= 6:
        return f"{short}{number}{'0' * exponent}"
    return f"{short}{number}e{exponent}"
