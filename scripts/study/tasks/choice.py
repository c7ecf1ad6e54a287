"""Choice: one of several answers is right; a model ranks them by their likelihood.

Data with choices is asked as it is: the text before the question, the options behind it, so that
what a too long prompt loses is the beginning of the text. Options lose letters of their own. A
question with a gap may be asked up to the gap, each choice its end with one of the options. Of a
dictionary (pairs) each headword gets its gloss among three of other headwords of about the same
length.
"""

import random
from collections.abc import Iterable, Iterator
from itertools import groupby
from string import ascii_uppercase

from scripts.common.errors import InputError, shorten
from scripts.common.sorting import SortedStretch, Stretch, sort_on_disk
from scripts.study.choice_letters import drop_letters
from scripts.study.prompts import task_wording
from scripts.study.task import (
    Asking,
    Record,
    Secrets,
    Task,
    ask_each,
    category,
    group_sources,
    word_translation,
)

CHOICES = 4
# Wrong ones are drawn among so many of the nearest length, so that length tells nothing.
NEIGHBOURS = 60
GAP = "_"


def sort_glosses(corpus: Iterable[Record], asking: Asking) -> SortedStretch:
    """Return the distinct (length, target, source) of a corpus, sorted."""
    glosses = ((len(pair["target"]), pair["target"], pair["source"]) for pair in corpus)
    distinct = (gloss for gloss, _ in groupby(sort_on_disk(glosses, asking.scratch)))
    return SortedStretch(asking.scratch, distinct)


def draw_places(count: int, seed: int) -> bytearray:
    """Return where each right choice is: in each of the four places equally often."""
    places = bytearray(number % CHOICES for number in range(count))
    random.Random(seed).shuffle(places)
    return places


def pick_wrong(group: Record, glosses: SortedStretch, generator: random.Random) -> list[str]:
    """Return three targets that share no gloss with the group's, nor with each other."""
    right = group["targets"][0]
    place = glosses.find((len(right), right, ""))
    first = max(0, min(place - NEIGHBOURS // 2, len(glosses) - NEIGHBOURS))
    candidates = glosses.between(first, first + NEIGHBOURS)
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


def explain_headwords(corpus: Iterable[Record], asking: Asking) -> Iterator[Record]:
    """Yield a record a distinct headword: its gloss among three of other entries.

    Wrong choices come from the whole corpus and depend on the seed and the headword's id alone.
    """
    glosses = sort_glosses(corpus, asking)
    found = (
        (group["id"], group["source"], group["targets"]) for group in group_sources(corpus, asking)
    )
    groups = Stretch(asking.scratch, found)
    for values, place in zip(groups, draw_places(len(groups), asking.seed), strict=True):
        group = dict(zip(("id", "source", "targets"), values, strict=True))
        wrong = pick_wrong(group, glosses, random.Random(f"{asking.seed} {group['id']}"))
        choices = [*wrong[:place], group["targets"][0], *wrong[place:]]
        asked = word_translation(group, asking)
        yield {"id": group["id"], **asked, "choices": choices, "answer": place}


def ask_choice(record: Record, asking: Asking) -> Record:
    """Return a question with choices, which the prompt lists or not."""
    question, choices = record["question"], drop_letters(record["choices"])
    if asking.filled:
        question, choices = fill_gap(question, choices, record["id"])
    check_choices(choices, asking.listed, record["id"])
    options = [f"{letter}. {text}" for letter, text in zip(ascii_uppercase, choices, strict=False)]
    asked = filter(None, [record["context"], question])
    lines = [*asked, *(options if asking.listed else [])]
    return {
        "instruction": task_wording(name_wording(asking), asking.language),
        "input": "\n".join(lines),
        "output": choices[record["answer"]],
        "context": record["context"],
        "choices": choices,
        "answer": record["answer"],
        **category(record),
    }


def check_choices(choices: list[str], listed: bool, name: str) -> None:
    """Refuse a question that has less than two choices, an empty one, or more than letters."""
    if len(choices) < 2 or not all(text.strip() for text in choices):
        raise InputError(f"id {name!r}: choices {choices!r}, expected two texts or more")
    if listed and len(choices) > len(ascii_uppercase):
        most = len(ascii_uppercase)
        raise InputError(f"id {name!r}: {len(choices)} choices, a prompt lists {most} at most")


def name_wording(asking: Asking) -> str:
    """Return the wording of prompts/tasks.yaml that a question with choices is asked in."""
    if asking.filled:
        return "filled_choice"
    return "listed_choice" if asking.listed else "choice"


def fill_gap(question: str, options: list[str], name: str) -> tuple[str, list[str]]:
    """Return a question up to its gap, and its ends, each with one of the options in the gap.

    The likelihood of an end, given what is before it, ranks the whole sentences.
    """
    before, gap, behind = question.partition(GAP)
    if not gap:
        raise InputError(f"id {name!r}: no gap in {shorten(question)!r}, expected a {GAP}")
    return before.rstrip(), [f"{option}{behind}".strip() for option in options]


def build_choices(corpus: Iterable[Record], asking: Asking) -> Iterator[Record]:
    """Return the questions of data with choices, or those made of a dictionary."""
    build = explain_headwords if asking.kind == "parallel" else ask_each(ask_choice)
    return build(corpus, asking)


def keep_choice_secret(record: Record) -> Secrets:
    """Return what is asked and the right choice.

    The wrong ones are other entries' right ones, so no secret of this record. A choice on a text
    is a question; one of a dictionary is an entry, held out whole.
    """
    asked = [record["input"], record.get("context") or ""]
    answers = [record["output"], record["choices"][record["answer"]]]
    return Secrets(asked, answers, question="context" in record, entry="context" not in record)


TASK = Task(
    kinds=("parallel", "choice"),
    answered_by="rank_choices",
    build=build_choices,
    secrets=keep_choice_secret,
    scored={"prediction": int, "answer": int},
    explains=True,
)
