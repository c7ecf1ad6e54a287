"""Number: a word problem whose answer is a number."""

from functools import partial

from scripts.study.prompts import task_wording
from scripts.study.task import Asking, Record, Task, ask_each, category, first_text, keep_secret


def ask_number(record: Record, asking: Asking) -> Record:
    """Return a word problem."""
    return {
        "instruction": task_wording("number", asking.language),
        "input": record["question"],
        "output": first_text(record, "answers"),
        "references": record["answers"],
        **category(record),
    }


TASK = Task(
    kinds=("question",),
    answered_by="generate",
    build=ask_each(ask_number),
    secrets=partial(keep_secret, question=True),
)
