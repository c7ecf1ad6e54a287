"""Harness: a task of lm-evaluation-harness, which asks, answers and scores it.

Its records come from the harness's samples (scripts/data/harness_samples.py): `values` has what
each of its metrics says of the answer, `texts` the fields of the published record.
"""

from collections.abc import Iterable, Iterator

from scripts.common.errors import InputError
from scripts.study.task import Asking, Record, Secrets, Task


def refuse_data(corpus: Iterable[Record], asking: Asking) -> Iterator[Record]:
    """Refuse data: the harness reads its own."""
    raise InputError("the task harness has its own data; name a benchmark lm-eval/<task>")


def keep_samples_secret(record: Record) -> Secrets:
    """Return the fields of the published record, and the right answer."""
    return Secrets([record["input"], *record["texts"]], [record["output"]], question=True)


TASK = Task(
    kinds=(),
    answered_by="answer_with_harness",
    build=refuse_data,
    secrets=keep_samples_secret,
    scored={"values": dict},
)
