"""Command-line options of settings classes (`scripts.common.settings`), there and back.

An option is the key with hyphens; a script that takes a class's options reads them as the class::

    add_options(parser, Infer)                         # --batch 32 --window 512
    infer = from_arguments(Infer, parser.parse_args())
    options_of(infer)                                  # ["--batch", "32", "--window", "512"]
"""

import argparse
import json
import math
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin

from scripts.common.settings import LIMITS, Key, from_mapping, keys_of, plain

T = TypeVar("T")


def add_options(
    parser: argparse.ArgumentParser | argparse._ArgumentGroup,
    cls: type,
    names: Collection[str] | None = None,
    required: bool = True,
) -> None:
    """Add an option to a parser for each key of a class, or for those named.

    Args:
        required: whether a key without a default must be given.
    """
    for key in keys_of(cls):
        if names is None or key.name in names:
            parser.add_argument(
                key.option, help=key.help.replace("%", "%%"), **option_facts(key, required)
            )


def option_facts(key: Key, required: bool) -> dict[str, Any]:
    """Return argparse's words for one key."""
    facts: dict[str, Any] = {"default": None if key.required else key.default}
    if key.required:
        facts["required"] = required
    if key.nested:
        return facts | {"type": json_option(key.nested)}
    if key.type is bool:
        return facts | {"action": argparse.BooleanOptionalAction}
    kind = key.type
    if get_origin(kind) is tuple:
        fewest, most = key.limits.get("minItems"), key.limits.get("maxItems")
        facts["nargs"] = fewest if fewest and fewest == most else "*"
        kind = get_args(kind)[0]
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        return facts | {"choices": choices, "type": type(choices[0])}
    limits = key.limits.get("items", {}) if "nargs" in facts else key.limits
    return facts | {"type": number_option(kind, limits) if kind in (int, float) else kind}


def number_option(kind: type, limits: Mapping[str, Any]) -> Callable[[str], int | float]:
    """Return a parser of a number within JSON Schema's limits."""

    def parse(text: str) -> int | float:
        number: int | float = kind(text)
        if not math.isfinite(number):
            raise argparse.ArgumentTypeError(f"found {text}, expected a finite number")
        for name, (words, fails) in LIMITS.items():
            if name in limits and fails(number, limits[name]):
                raise argparse.ArgumentTypeError(f"found {text}, expected {words} {limits[name]}")
        return number

    parse.__name__ = {int: "whole number", float: "number"}[kind]  # argparse names it in errors
    return parse


def json_option(cls: type[T]) -> Callable[[str], T]:
    """Return a parser of a settings class given as JSON."""
    keys = {key.name: key for key in keys_of(cls)}
    needed = [name for name, key in keys.items() if key.required]

    def parse(text: str) -> T:
        try:
            written = json.loads(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
        if not isinstance(written, dict) or written.keys() - keys or set(needed) - written.keys():
            others = ", ".join(sorted(keys.keys() - set(needed)))
            raise argparse.ArgumentTypeError(
                f"found {text}, expected {', '.join(needed)} and, if you like, {others}"
            )
        return from_mapping(cls, written)

    return parse


def from_arguments(cls: type[T], arguments: argparse.Namespace) -> T:
    """Return settings from the options that `add_options` gave a parser."""
    values = {key.name: getattr(arguments, key.name) for key in keys_of(cls)}
    return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})


def options_of(values: Any, names: Collection[str] | None = None) -> list[str]:
    """Return settings as words of a command line, in the order of the class.

    A key that is unset, or `added` and at its default, is left out; a switch is ``--x`` or
    ``--no-x``.
    """
    words: list[str] = []
    for key in keys_of(type(values)):
        value = getattr(values, key.name)
        if value is None or (names is not None and key.name not in names):
            continue
        if key.added and value == key.default:
            continue
        words += option_words(key, value)
    return words


def option_words(key: Key, value: Any) -> list[str]:
    """Return one key's value as words of a command line; an empty list is no word."""
    if isinstance(value, bool):
        return [key.option if value else key.option.replace("--", "--no-", 1)]
    if key.nested:
        return [key.option, json.dumps(plain(value))]
    values = value if isinstance(value, tuple) else (value,)
    return [key.option, *map(str, values)] if values else []
