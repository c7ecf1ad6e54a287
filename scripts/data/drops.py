"""What a step dropped of a corpus, by reason, and how the counts of shards are summed up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.common.errors import shorten

SHOWN = 2  # examples of each reason
EXCERPT = 160  # characters of an example
Facts = dict[str, Any]


@dataclass
class Drops:
    """Records read and dropped, by reason, with the first examples of each."""

    read: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    examples: list[Facts] = field(default_factory=list)

    def add(self, reason: str, record: str, text: str) -> None:
        """Count a record that is dropped, and keep it if it is one of the first."""
        self.counts[reason] += 1
        if self.counts[reason] <= SHOWN:
            self.examples.append({"reason": reason, "record": record, "text": excerpt(text)})

    def facts(self) -> Facts:
        """Return counts and examples as JSON has them."""
        return {"read": self.read, "dropped": dict(self.counts), "examples": self.examples}


def excerpt(text: str) -> str:
    """Return the beginning of a text on one line."""
    return shorten(" ".join(text.split()), EXCERPT)


def sum_facts(shards: Iterable[Facts]) -> Facts:
    """Return what shards in their order dropped, as one job would have counted it."""
    total: Facts = {}
    for facts in shards:
        total = add_counts(total, facts)
    if "examples" in total:
        total["examples"] = first_examples(total["examples"])
    return total


def add_counts(one: Facts, other: Facts) -> Facts:
    """Return two mappings as one: numbers are added, lists joined, anything else is the first's."""
    found = dict(one)
    for name, value in other.items():
        if name not in found:
            found[name] = value
        elif isinstance(value, Mapping):
            found[name] = add_counts(found[name], dict(value))
        elif isinstance(value, int | list):
            found[name] = found[name] + value
    return found


def first_examples(examples: list[Facts]) -> list[Facts]:
    """Return the first few examples of each reason, or of each benchmark and way."""
    shown: Counter[tuple[Any, ...]] = Counter()
    kept = []
    for example in examples:
        key = tuple(example.get(name) for name in ("reason", "benchmark", "way"))
        shown[key] += 1
        if shown[key] <= SHOWN:
            kept.append(example)
    return kept
