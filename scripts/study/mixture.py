"""x-LLM's data expressions: ``a+b``, slices ``a[0:1000]``, aliases, one side of pairs ``a.zh``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scripts.common.errors import InputError

TERM = re.compile(
    r"(?P<name>[A-Za-z0-9][\w-]*)(?:\.(?P<side>[a-z]{2,3}))?(?:\[(?P<start>\d*):(?P<stop>\d*)\])?"
)


@dataclass(frozen=True)
class Part:
    """Records ``start:stop`` of one dataset; `side` asks for one language of a parallel one."""

    dataset: str
    side: str | None = None
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True)
class Group:
    """Parts that share a weight; `weight` is None where the data is a plain expression."""

    name: str
    weight: float | None
    parts: tuple[Part, ...]


def parse_mixture(data: str | Mapping[str, float], aliases: Mapping[str, str]) -> tuple[Group, ...]:
    """Parse a model's `data`: one expression, or expressions with weights (shares of tokens)."""
    if isinstance(data, str):
        return (Group("all", None, parse_expression(data, aliases)),)
    return tuple(
        Group(name, float(weight), parse_expression(name, aliases))
        for name, weight in data.items()
        if weight > 0
    )


def parse_expression(
    text: str, aliases: Mapping[str, str], seen: tuple[str, ...] = ()
) -> tuple[Part, ...]:
    """Parse one expression into parts, every alias replaced; raise `InputError` if malformed."""
    parts: list[Part] = []
    for term in text.split("+"):
        match = TERM.fullmatch(term.strip())
        if not match:
            place = f" in {text!r}" if term != text else ""
            raise InputError(
                f"found {term.strip()!r}{place}, expected a data expression: name, "
                "name.language, name[start:stop], or several of them joined by '+'"
            )
        parts.extend(resolve(Term(**match.groupdict()), aliases, seen))
    return tuple(parts)


@dataclass(frozen=True)
class Term:
    """One term as written."""

    name: str
    side: str | None
    start: str | None
    stop: str | None


def resolve(term: Term, aliases: Mapping[str, str], seen: tuple[str, ...]) -> list[Part]:
    """Return the parts that a term names."""
    start, stop = int(term.start or 0), int(term.stop) if term.stop else None
    if stop is not None and stop <= start:
        raise InputError(f"{term.name}[{start}:{stop}]: an empty slice")
    if term.name not in aliases:
        return [Part(term.name, term.side, start, stop)]
    if term.name in seen:
        cycle = (*seen[seen.index(term.name) :], term.name)
        raise InputError(f"a cycle of aliases: {' → '.join(cycle)}")
    parts = parse_expression(aliases[term.name], aliases, (*seen, term.name))
    if (term.side or term.start is not None) and len(parts) > 1:
        raise InputError(f"{term.name}: a slice or a side needs an alias of a single dataset")
    if term.start is None and term.side is None:
        return list(parts)
    return [narrow(parts[0], term.side, start, stop)]


def narrow(part: Part, side: str | None, start: int, stop: int | None) -> Part:
    """Return the slice ``start:stop`` of a part that may itself be a slice."""
    end = part.stop if stop is None else part.start + stop
    if part.stop is not None and end is not None:
        end = min(end, part.stop)
    return replace(part, side=side or part.side, start=part.start + start, stop=end)
