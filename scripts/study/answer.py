"""How a benchmark is answered: a key of its entry in the registry, which a study may change.

What is said here decides predictions. An answer is generated, or the likeliest of a record's
choices is taken; what both share (examples, translation first) comes before.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal

from scripts.common.errors import InputError
from scripts.common.settings import from_mapping, key, settings, to_mapping
from scripts.study.task import Script
from scripts.study.tasks import TASKS

# Colder, float32 has no room for a logit's quotient; the likeliest token is drawn anyway.
COLDEST = 1e-30
SCRIPTS: dict[str, Script] = {"generate": "generate", "rank": "rank_choices"}


@settings
class Answer:
    """How a model answers a benchmark's records."""

    way: Literal["generate", "rank"] | None = key(
        "an answer is generated, or the likeliest of a record's choices is taken; unset: choices "
        "are ranked, all else is generated",
        default=None,
        added=True,
    )
    rank_by: Literal["byte", "token", "sum", "unconditional", "perplexity"] = key(
        "what ranks choices: log-likelihood a UTF-8 byte, a token, or whole; that beside its "
        "likelihood where nothing is asked; or the perplexity of prompt and choice together",
        default="byte",
        added=True,
    )
    temperature: float = key(
        "tokens are drawn at this temperature, by the study's seed and the record's id; 0: the "
        "likeliest is taken",
        default=0.0,
        added=True,
        minimum=0,
        maximum=10,
    )
    top_p: float = key(
        "beside temperature: drawn among the likeliest tokens that have this share together",
        default=1.0,
        added=True,
        exclusiveMinimum=0,
        maximum=1,
    )
    top_k: int = key(
        "beside temperature: drawn among so many likeliest tokens; 0: among all",
        default=0,
        added=True,
        minimum=0,
    )
    beams: int = key(
        "beams of a beam search; 1: none", default=1, added=True, minimum=1, maximum=64
    )
    stop: tuple[str, ...] = key(
        "an answer ends before the first of these texts",
        default=(),
        added=True,
        uniqueItems=True,
        items={"minLength": 1},
    )
    labels: tuple[str, ...] = key(
        "an answer is one of these texts, as A, B, C, D: no other can be generated",
        default=(),
        added=True,
        minItems=2,
        uniqueItems=True,
        items={"minLength": 1},
    )
    reasoning: int = key(
        "tokens in which the model may reason before it answers; 0: none",
        default=0,
        added=True,
        minimum=0,
    )
    shots: int = key(
        "solved examples before each record, drawn by the study's seed from the benchmark's "
        "`exemplars`",
        default=0,
        added=True,
        minimum=0,
        maximum=100,
    )
    translate_then_answer: bool = key(
        "the model translates the record into English, line by line, and answers that",
        default=False,
        added=True,
    )


def merge_answer(entry: Mapping[str, Any], written: Mapping[str, Any]) -> Answer:
    """Return how a benchmark is answered: as its entry says, but for what a study writes."""
    return from_mapping(Answer, {**entry, **written})


def answered_by(task: str, answer: Answer) -> Script:
    """Return the script of scripts/infer that puts a benchmark of a task to a model."""
    return SCRIPTS[answer.way] if answer.way else TASKS[task].answered_by


def write_answer(answer: Answer) -> str | None:
    """Return what differs from the defaults as JSON; None where nothing does."""
    changed = to_mapping(answer)
    return json.dumps(changed, ensure_ascii=False) if changed else None


def check_answer(answer: Answer, task: str, listed: bool, languages: tuple[str, ...]) -> None:
    """Refuse what a task cannot be asked, and keys that another makes meaningless.

    Args:
        answer: how the benchmark is answered.
        task: of the benchmark.
        listed: whether its prompt lists the choices, lettered.
        languages: of the benchmark; of a translation both.

    Raises:
        InputError: with the key, what it says, and what it needs.
    """
    script, changed = answered_by(task, answer), to_mapping(answer)
    if TASKS[task].answered_by == "measure_text" and changed:
        raise InputError(f"{first(changed)}: a text is measured, nothing is answered")
    if script == "rank_choices":
        if task != "choice":
            raise InputError(f"way: rank: the task {task!r} has no choices")
        drawn = ("temperature", "top_p", "top_k", "beams", "stop", "labels")
        refuse(changed, drawn, "for answers that are generated; write `way: generate`")
    else:
        refuse(changed, ("rank_by",), "for choices that are ranked")
    if task == "choice" and script == "generate" and not listed:
        raise InputError("way: generate: the prompt does not list the choices (list_choices)")
    if not answer.temperature:
        refuse(changed, ("top_p", "top_k"), "beside a `temperature` above 0")
    if answer.beams > 1:
        refuse(changed, ("temperature", "labels"), "without `beams`")
    if answer.labels:
        refuse(changed, ("temperature", "stop"), "without `labels`, of which one is the answer")
        check_labels(answer.labels)
    if answer.translate_then_answer:
        refuse(changed, ("shots",), "without `translate_then_answer`: examples are not translated")
    if answer.translate_then_answer and (TASKS[task].translates or languages == ("en",)):
        raise InputError("translate_then_answer: the benchmark is a translation, or English")


def check_labels(labels: tuple[str, ...]) -> None:
    """Refuse labels that are alike once they are read, which is without space around them."""
    read = [label.strip() for label in labels]
    if not all(read) or len(set(read)) < len(read):
        found = json.dumps(labels, ensure_ascii=False)
        raise InputError(f"labels: {found}: expected texts that differ by more than space")


def check_length(answer: Answer, task: str, written: Mapping[str, Any]) -> None:
    """Refuse a length of answers, which a study has `written`, where none are generated."""
    if answered_by(task, answer) != "generate":
        refuse(written, ("max_new_tokens",), "for answers that are generated")


def refuse(changed: Mapping[str, Any], names: tuple[str, ...], use: str) -> None:
    """Raise `InputError` for the first of `names` that is written."""
    for name in names:
        if name in changed:
            raise InputError(f"{name}: {json.dumps(changed[name])}: it is {use}")


def first(changed: Mapping[str, Any]) -> str:
    """Return the first key that is written, with its value."""
    name = next(iter(changed))
    return f"{name}: {json.dumps(changed[name])}"
