"""Records with choices: what they must have, and what a written answer says of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.infer.read_choice import UNREAD, read_choice
from scripts.study.answer import Answer
from scripts.study.tasks import tasks_answered_by

Record = dict[str, Any]
SHOWN = 5  # ids of a line of the log


def generated_tasks(answer: Answer) -> tuple[str, ...]:
    """Return the tasks that are answered by writing: choices too, where the benchmark says so."""
    choices = ("choice",) if answer.way == "generate" else ()
    return (*tasks_answered_by("generate"), *choices)


def check_choices(records: list[Record], path: Path) -> None:
    """Refuse records without several choices, or with an empty one, which has no likelihood."""
    for number, record in enumerate(records, 1):
        choices = record.get("choices")
        texts = isinstance(choices, list) and all(isinstance(text, str) for text in choices)
        if not choices or not texts or len(choices) < 2 or not all(choices):
            raise InputError(f"{path}:{number}: choices {choices!r}, expected two texts or more")


def describe_answer(
    record: Record, text: str, tokens: int, labels: Sequence[str] = ()
) -> dict[str, Any]:
    """Return what predictions say of a written answer.

    Of a record with choices the prediction is the index of the one that was read, and `written` is
    the text.
    """
    if record["task"] != "choice":
        return {"prediction": text, "tokens": tokens}
    return {"prediction": read_choice(text, record, labels), "written": text, "tokens": tokens}


def tell_unread(records: list[Record], results: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the ids of records of whose answers no choice was read, and log how many they are.

    They join the settings in the ``.meta.json``; without choices there is nothing to tell.
    """
    if records[0]["task"] != "choice":
        return {}
    pairs = zip(records, results, strict=True)
    unread = [record["id"] for record, result in pairs if result["prediction"] == UNREAD]
    named = f": {', '.join(unread[:SHOWN])}" if unread else ""
    log.info("%d of %d answers name no choice%s", len(unread), len(records), named)
    return {"unread": unread}
