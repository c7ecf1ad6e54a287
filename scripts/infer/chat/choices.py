"""What a person chooses of how answers are generated: options of the command line, and commands."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scripts.common.command import positive
from scripts.common.errors import InputError
from scripts.common.options import option_facts
from scripts.common.settings import Key, keys_of
from scripts.study.answer import Answer, check_answer

KEYS: dict[str, Key] = {
    key.name: key
    for key in keys_of(Answer)
    if key.name in ("temperature", "top_p", "top_k", "beams")
}
LIMIT, SEED = "max_new_tokens", "seed"
NAMES = (*KEYS, LIMIT, SEED)


@dataclass(frozen=True)
class Choices:
    """How an answer is generated, how many tokens it may have, and the seed of what is drawn."""

    answer: Answer = field(default_factory=Answer)
    max_new_tokens: int = 256
    seed: int = 1

    def get(self, name: str) -> Any:
        """Return the value of one of `NAMES`."""
        return getattr(self.answer if name in KEYS else self, name)

    def to_mapping(self) -> dict[str, Any]:
        """Return all values by their names."""
        return {name: self.get(name) for name in NAMES}

    def set(self, name: str, value: Any) -> "Choices":
        """Return the choices with another value.

        Where nothing is drawn any more, `top_p` and `top_k` say nothing and are as at the start.

        Raises:
            InputError: if it means nothing beside the others.
        """
        if name not in KEYS:
            return replace(self, **{name: value})
        changes = {name: value}
        if name == "temperature" and not value:
            changes |= {"top_p": Answer().top_p, "top_k": Answer().top_k}
        return replace(self, answer=checked(replace(self.answer, **changes)))

    def read(self, name: str, text: str) -> "Choices":
        """Return the choices with a value as a person writes it.

        Raises:
            InputError: if it is none that the setting can have.
        """
        try:
            value = parser_of(name)(text)
        except argparse.ArgumentTypeError as error:
            raise InputError(f"{option_of(name)}: {error}") from None
        except ValueError:
            kind = "a number" if name in ("temperature", "top_p") else "a whole number"
            raise InputError(f"{option_of(name)}: found {text!r}, expected {kind}") from None
        return self.set(name, value)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Choices":
        """Return choices from values by their names, checked together; what is missing is unset."""
        answer = Answer(**{name: values[name] for name in KEYS if name in values})
        others = {name: values[name] for name in (LIMIT, SEED) if name in values}
        return cls(checked(answer), **others)


def checked(answer: Answer) -> Answer:
    """Return how an answer is generated; `InputError` for what means nothing beside the rest."""
    check_answer(answer, "open", False, ())
    return answer


def parser_of(name: str) -> Callable[[str], Any]:
    """Return what parses a setting's value; it raises as argparse's types do."""
    if name in KEYS:
        kind: Callable[[str], Any] = option_facts(KEYS[name], False)["type"]
        return kind
    return positive if name == LIMIT else int


def option_of(name: str) -> str:
    """Return the name of a setting as a person writes it, with hyphens."""
    return name.replace("_", "-")


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Add the options of `NAMES` to a parser."""
    told = {
        "temperature": "tokens are drawn at this temperature; 0: the likeliest is taken (0)",
        "top_p": "beside temperature: drawn among the likeliest that have this share together (1)",
        "top_k": "beside temperature: drawn among so many likeliest tokens; 0: among all (0)",
        "beams": "beams of a beam search, whose answer comes at once; 1: none (1)",
        LIMIT: "tokens that an answer has at most (256)",
        SEED: "of what is drawn (1)",
    }
    for name, help in told.items():
        option = f"--{option_of(name)}"
        parser.add_argument(option, type=parser_of(name), default=Choices().get(name), help=help)


def read_choices(arguments: argparse.Namespace) -> Choices:
    """Return what the options of `add_choices` say.

    Raises:
        InputError: if one means nothing beside the others.
    """
    return Choices.of({name: getattr(arguments, name) for name in NAMES})
