"""Answer: a question on a text, answered with words of the text (extractive question answering).

The text is before the question: a prompt too long for a model's window loses the beginning of its
input (scripts/infer/rows.py), and the question survives.
"""

from functools import partial

from scripts.study.task import Asking, Record, Task, ask_each, first_text, keep_secret


def ask_answer(record: Record, asking: Asking) -> Record:
    """Return a question that words of its text answer."""
    instruction, text = asking.wordings.ask_answer(
        asking.language, record["context"], record["question"]
    )
    return {
        "instruction": instruction,
        "input": text,
        "output": first_text(record, "answers"),
        "context": record["context"],
        "references": record["answers"],
    }


TASK = Task(
    kinds=("qa",),
    answered_by="generate",
    build=ask_each(ask_answer),
    secrets=partial(keep_secret, fields=("input", "context"), question=True),
    judged=True,
    worded=True,
)
