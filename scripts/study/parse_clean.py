"""Turns `clean` of a study file into settings by data set, each fit for its kind and language."""

from collections.abc import Collection, Mapping
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.settings import from_mapping
from scripts.study.clean import WORDS, Clean
from scripts.study.kinds import KINDS
from scripts.study.registry import Dataset, Registry


def parse_clean(
    written: Mapping[str, Any], registry: Registry, used: Collection[str]
) -> dict[str, Clean]:
    """Return how each data set that the study names under `clean` is cleaned.

    Args:
        used: the data sets that models are trained on, or learn their pieces from.
    """
    found = {}
    for name, values in written.items():
        if name not in used:
            raise InputError(f"clean: no model is trained on {name!r}{nearest(name, used)}")
        clean, dataset = from_mapping(Clean, values), registry.dataset(name)
        check_clean(name, clean, dataset, registry)
        other = turned(dataset)
        if other in used and other not in written:
            raise InputError(
                f"clean.{name}: {other}, the same data, is used too, and not cleaned; expected "
                f"both ({other}: {{}} leaves it as it is)"
            )
        found[name] = clean
    return found


def turned(dataset: Dataset) -> str:
    """Return the name of a data set in the other direction, its own if it has one language."""
    key, _, _ = dataset.name.rpartition("_")
    return f"{key}_{'-'.join(reversed(dataset.languages))}"


def check_clean(name: str, clean: Clean, dataset: Dataset, registry: Registry) -> None:
    """Refuse what a data set's kind or language gives a filter nothing to judge by."""
    if clean.length_ratio and KINDS[dataset.kind].languages < 2:
        raise InputError(f"clean.{name}.length_ratio: expected pairs, found {dataset.kind} data")
    if clean.quality and dataset.kind != "text":
        raise InputError(f"clean.{name}.quality: expected text data, found {dataset.kind} data")
    (language, *_) = dataset.languages
    spaced = registry.languages[language]["words"] == "whitespace"
    if not spaced and (words := [one for one in clean.quality if one in WORDS]):
        raise InputError(
            f"clean.{name}.quality: {words[0]} counts words, which {language} writes without "
            "spaces between them; expected fineweb alone"
        )
