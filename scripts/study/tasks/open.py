"""Open: a question without one right answer, for a judge to compare the answers of two models."""

from functools import partial

from scripts.study.task import Asking, Record, Task, ask_each, category, keep_secret


def ask_open(record: Record, asking: Asking) -> Record:
    """Return an open question, with its standard answer where there is one.

    The question is the instruction; an instruction record is asked as it is.
    """
    if "instruction" in record:
        asked = {key: record[key] for key in ("instruction", "input", "output")}
    else:
        asked = {"instruction": record["question"], "input": "", "output": ""}
        asked["output"] = next(iter(record["answers"]), "")
    references = {"references": [asked["output"]]} if asked["output"] else {}
    return asked | references | category(record)


# The question is the record's own instruction; of other tasks that is the benchmark's wording.
TASK = Task(
    kinds=("question", "instruction"),
    answered_by="generate",
    build=ask_each(ask_open),
    secrets=partial(keep_secret, fields=("instruction", "input"), question=True),
    scored={"prediction": str},
    judged=True,
)
