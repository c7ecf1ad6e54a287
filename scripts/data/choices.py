"""Wrong choices beside a right one: glosses of other headwords of about the same length."""

import bisect
import random
from collections.abc import Iterable

from scripts.common.errors import InputError

CHOICES = 4
# Wrong ones are drawn among so many of the nearest length, so that length tells nothing.
NEIGHBOURS = 60


def choice_records(groups: list[dict], corpus: list[dict], seed: int) -> list[dict]:
    """Return `choices` and `answer` for each group (id, source, targets).

    The right choice stands in each of the four places equally often. Wrong ones come from the
    whole corpus and depend on the seed and the group's id alone.
    """
    glosses = sorted({(len(pair["target"]), pair["target"], pair["source"]) for pair in corpus})
    places = [number % CHOICES for number in range(len(groups))]
    random.Random(seed).shuffle(places)
    records = []
    for group, place in zip(groups, places, strict=True):
        wrong = pick_wrong(group, glosses, random.Random(f"{seed} {group['id']}"))
        choices = [*wrong[:place], group["targets"][0], *wrong[place:]]
        records.append({"choices": choices, "answer": place})
    return records


def pick_wrong(group: dict, glosses: list[tuple], generator: random.Random) -> list[str]:
    """Return three targets that share no gloss with the group's, nor with each other."""
    right = group["targets"][0]
    place = bisect.bisect_left(glosses, (len(right), right, ""))
    first = max(0, min(place - NEIGHBOURS // 2, len(glosses) - NEIGHBOURS))
    candidates = glosses[first : first + NEIGHBOURS]
    generator.shuffle(candidates)
    taken = senses(group["targets"])
    wrong: list[str] = []
    for _, target, source in candidates:
        if len(wrong) < CHOICES - 1 and source != group["source"] and not senses([target]) & taken:
            wrong.append(target)
            taken |= senses([target])
    if len(wrong) < CHOICES - 1:
        raise InputError(f"{group['source']!r}: fewer than three other glosses to choose from")
    return wrong


def senses(targets: Iterable[str]) -> set[str]:
    """Return the single glosses of dictionary lines, "to eat; to dine", in one form."""
    return {gloss.strip().casefold() for target in targets for gloss in target.split(";")}
