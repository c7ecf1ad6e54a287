"""Text: nothing is asked; how well a model predicts held-out text is measured."""

from scripts.study.task import Asking, Record, Task, ask_each


def keep_text(record: Record, asking: Asking) -> Record:
    """Return a text; there is nothing to answer."""
    return {"instruction": "", "input": "", "output": "", "text": record["text"]}


TASK = Task(
    kinds=("text",),
    answered_by="measure_text",
    build=ask_each(keep_text),
    mixes=True,
    scored={"nats": (int, float), "tokens": int, "bytes": int, "window": int},
)
