"""What a task is: the data it is made of, how it is asked, answered and scored, what is held out.

A task is a module of ``scripts/study/tasks``, by its name, that builds one `Task`.
Which metrics fit is said where the metric is, in registry/metrics.yaml.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import IO, Any, Literal

from scripts.common.errors import InputError
from scripts.common.files import Fields
from scripts.common.sorting import sort_on_disk
from scripts.study.prompts import task_wording
from scripts.study.wordings import Wordings

Record = dict[str, Any]
Script = Literal["generate", "rank_choices", "measure_text", "answer_with_harness"]

Pair = tuple[str, int, str, str]  # source, number in the corpus, id, target
Build = Callable[[Iterable[Record], "Asking"], Iterator[Record]]

# What the metrics of an answer that is compared with references need.
ANSWERED: Fields = {"prediction": str, "references": list}


@dataclass(frozen=True)
class Asking:
    """How a benchmark asks, as the command line of build_benchmark says it.

    `kind` is the corpus's; `scratch` is a file for what does not fit into memory; the names are
    languages in English; `listed` puts choices into the prompt, `filled` a choice into the gap of
    its question; `longest` is the greatest length of a source in characters; `seed` draws choices;
    `wordings` are the study's.
    """

    kind: str
    language: str
    scratch: IO[bytes]
    target_language: str = ""
    source_name: str = ""
    target_name: str = ""
    listed: bool = False
    filled: bool = False
    longest: int | None = None
    seed: int = 0
    wordings: Wordings = field(default_factory=Wordings.default)


@dataclass(frozen=True)
class Secrets:
    """The strings of a record that no training record may have.

    `asked` are so at any length; `answers` only from a length on that gives something away where
    they answer a question (`question`): "18" or "True" tell nothing without it. Entries of a
    dictionary (`entry`) are so as a whole alone: those of a kind are worded alike, "X county in Y".
    """

    asked: list[str]
    answers: list[str]
    question: bool = False
    entry: bool = False


def keep_secret(
    record: Record, fields: tuple[str, ...] = ("input", "text"), question: bool = False
) -> Secrets:
    """Return the secrets of a record that asks in `fields`: these, its output and references."""
    asked = [record.get(field) or "" for field in fields]
    return Secrets(asked, [record["output"], *record.get("references", [])], question)


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        kinds: the kinds of data (scripts/study/kinds.py) that it may be made of.
        answered_by: the script of scripts/infer that puts it to a model.
        build: turns a corpus's records, which it may go through several times and holds none of,
            into a benchmark's: id, instruction, input, output, and what else the metrics need.
        secrets: what of a benchmark's record is held out from training.
        scored: the fields that a record of its predictions has for the metrics, and their types.
        explains: pairs are a dictionary, explained in English: a benchmark of them is named by
            one language.
        translates: pairs are asked in one language and answered in the other.
        judged: a judge may compare two models' answers.
        worded: the study's wordings (`prompts`) say how it asks.
        mixes: records of several languages may make one benchmark.
    """

    kinds: tuple[str, ...]
    answered_by: Script
    build: Build
    secrets: Callable[[Record], Secrets] = keep_secret
    scored: Fields = field(default_factory=lambda: ANSWERED)
    explains: bool = False
    translates: bool = False
    judged: bool = False
    worded: bool = False
    mixes: bool = False


def ask_each(ask: Callable[[Record, Asking], Record]) -> Build:
    """Return a `build` that makes one record of each record of the corpus."""
    return lambda corpus, asking: ({"id": one["id"], **ask(one, asking)} for one in corpus)


def group_sources(corpus: Iterable[Record], asking: Asking) -> Iterator[Record]:
    """Yield one record a distinct source: id, source and all its distinct targets.

    Both are in the order of the corpus, the id is the first one's.
    """
    pairs = (
        (pair["source"], number, pair["id"], pair["target"])
        for number, pair in enumerate(corpus)
        if not (asking.longest and len(pair["source"]) > asking.longest)
    )
    groups = map(join_pairs, groupby(sort_on_disk(pairs, asking.scratch), itemgetter(0)))
    for _, name, source, targets in sort_on_disk(groups, asking.scratch):
        yield {"id": name, "source": source, "targets": targets}


def join_pairs(group: tuple[str, Iterator[Pair]]) -> tuple[int, str, str, list[str]]:
    """Return what pairs of one source share: first number and id, the source, the targets."""
    source, pairs = group
    _, numbers, names, targets = zip(*pairs, strict=True)
    return numbers[0], names[0], source, list(dict.fromkeys(targets))


def word_translation(group: Record, asking: Asking) -> Record:
    """Return a source and its first target as an instruction record."""
    languages = asking.language, asking.target_language
    requests = asking.wordings.requests(languages, (asking.source_name, asking.target_name))
    return {"instruction": requests[0], "input": group["source"], "output": group["targets"][0]}


def ask_rewriting(task: str, record: Record, asking: Asking) -> Record:
    """Return a text to be rewritten in the way that `task` is worded."""
    return {
        "instruction": task_wording(task, asking.language),
        "input": record["source"],
        "output": first_text(record, "targets"),
        "references": record["targets"],
    }


def first_text(record: Record, field: str) -> str:
    """Return the first of the texts that are right; `InputError` where there is none."""
    if not any(text.strip() for text in record[field]):
        raise InputError(f"id {record['id']!r}: {field} {record[field]!r}, expected a text or more")
    return str(record[field][0])


def category(record: Record) -> Record:
    """Return the record's category, or nothing where it has none."""
    return {"category": record["category"]} if record.get("category") else {}
