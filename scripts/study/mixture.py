"""x-LLM's data expressions: ``a+b``, slices ``a[0:1000]``, aliases, one side of pairs ``a.zh``.

A slice is of a data set, or of an alias's parts one after another; ``[-100:]`` and ``[:-100]``
count from the end, as in Python. An alias of pairs is known in both directions: of
``news_en-zh: a_en-zh + b_en-zh``, ``news_zh-en`` is ``a_zh-en + b_zh-en``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scripts.common.errors import InputError

SLICE = r"\[(?P<start>(?:-?\d+)?):(?P<stop>(?:-?\d+)?)\]"
TERM = re.compile(rf"(?P<name>[A-Za-z0-9][\w-]*)(?:\.(?P<side>[a-z]{{2,3}}))?(?:{SLICE})?")
PAIR = re.compile(r"(?P<name>.+)_(?P<source>[a-z]{2,3})-(?P<target>[a-z]{2,3})")


@dataclass(frozen=True)
class Part:
    """Records ``start:stop`` of one dataset; `side` asks for one language of a parallel one."""

    dataset: str
    side: str | None = None
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True)
class Cut:
    """A slice ``start:stop`` of `count` parts, from the part `first` on, one after another."""

    first: int
    count: int
    start: int
    stop: int | None


@dataclass(frozen=True)
class Expression:
    """What an expression names; `cuts` are made in their order, those of inner aliases first."""

    parts: tuple[Part, ...] = ()
    cuts: tuple[Cut, ...] = ()

    def __add__(self, other: "Expression") -> "Expression":
        moved = (replace(cut, first=cut.first + len(self.parts)) for cut in other.cuts)
        return Expression(self.parts + other.parts, (*self.cuts, *moved))


@dataclass(frozen=True)
class Group:
    """Parts that share a weight; `weight` is None where the data is a plain expression."""

    name: str
    weight: float | None
    parts: tuple[Part, ...]
    cuts: tuple[Cut, ...] = ()


def parse_mixture(data: str | Mapping[str, float], aliases: Mapping[str, str]) -> tuple[Group, ...]:
    """Parse a model's `data`: one expression, or expressions with weights."""
    weights = {data: None} if isinstance(data, str) else data
    groups = []
    for text, weight in weights.items():
        if weight is None or weight > 0:
            found = read_expression(text, aliases)
            name = "all" if weight is None else text
            share = None if weight is None else float(weight)
            groups.append(Group(name, share, found.parts, found.cuts))
    return tuple(groups)


def parse_expression(text: str, aliases: Mapping[str, str]) -> tuple[Part, ...]:
    """Parse one expression into parts, every alias replaced; raise `InputError` if malformed."""
    return read_expression(text, aliases).parts


def read_expression(
    text: str, aliases: Mapping[str, str], seen: tuple[str, ...] = ()
) -> Expression:
    """Parse one expression with its slices of aliases; `seen` are the aliases that it stands in."""
    found = Expression()
    for term in text.split("+"):
        match = TERM.fullmatch(term.strip())
        if not match:
            place = f" in {text!r}" if term != text else ""
            raise InputError(
                f"found {term.strip()!r}{place}, expected a data expression: name, "
                "name.language, name[start:stop], or several of them joined by '+'"
            )
        found += resolve(Term(**match.groupdict()), aliases, seen)
    return found


@dataclass(frozen=True)
class Term:
    """One term as written."""

    name: str
    side: str | None
    start: str | None
    stop: str | None


def resolve(term: Term, aliases: Mapping[str, str], seen: tuple[str, ...]) -> Expression:
    """Return what a term names."""
    start, stop = int(term.start or 0), int(term.stop) if term.stop else None
    if stop is not None and stop <= start and (stop < 0) == (start < 0):
        raise InputError(f"{term.name}[{start}:{stop}]: an empty slice")
    if term.name in aliases:
        found = open_alias(term.name, aliases, seen)
    elif (turned := turn(term.name)) in aliases:
        found = turn_all(open_alias(turned, aliases, seen), term.name)
    else:
        return Expression((Part(term.name, term.side, start, stop),))
    if term.side:
        found = replace(found, parts=tuple(choose(part, term.side) for part in found.parts))
    if term.start is None:
        return found
    return narrow(found, start, stop)


def open_alias(name: str, aliases: Mapping[str, str], seen: tuple[str, ...]) -> Expression:
    """Return what an alias stands for."""
    if name in seen:
        cycle = (*seen[seen.index(name) :], name)
        raise InputError(f"a cycle of aliases: {' → '.join(cycle)}")
    return read_expression(aliases[name], aliases, (*seen, name))


def turn(name: str) -> str:
    """Return the name of pairs in the other direction; '' where it is none of pairs."""
    match = PAIR.fullmatch(name)
    return f"{match['name']}_{match['target']}-{match['source']}" if match else ""


def turn_all(found: Expression, name: str) -> Expression:
    """Return an alias's pairs in the other direction."""
    parts = []
    for part in found.parts:
        if part.side or not turn(part.dataset):
            raise InputError(f"{name}: {part.dataset} has no other direction, as it is no pairs")
        parts.append(replace(part, dataset=turn(part.dataset)))
    return replace(found, parts=tuple(parts))


def choose(part: Part, side: str) -> Part:
    """Return one side of a part."""
    if part.side not in (None, side):
        raise InputError(f"{part.dataset}.{part.side}: has no side {side!r}")
    return replace(part, side=side)


def narrow(found: Expression, start: int, stop: int | None) -> Expression:
    """Return a slice of an alias, which may itself be one.

    Of a single part it is a slice of the part, where both can be told without its size.
    """
    part = found.parts[0]
    known = min(start, stop or 0, part.start, part.stop or 0) >= 0
    if len(found.parts) > 1 or found.cuts or not known:
        return replace(found, cuts=(*found.cuts, Cut(0, len(found.parts), start, stop)))
    end = part.stop if stop is None else part.start + stop
    if part.stop is not None and end is not None:
        end = min(end, part.stop)
    return Expression((replace(part, start=part.start + start, stop=end),))
