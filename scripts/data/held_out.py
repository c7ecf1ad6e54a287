"""What may not be in training data: the strings of the benchmarks.

A held-out string is a benchmark's source, reference, text, context, question, headword or right
choice. The answer to a question is one only if it is long enough to tell something: "18", "True" or
"World War II" give nothing away without the question (see `scripts.data.equality`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl
from scripts.study.tasks import TASKS


@dataclass(frozen=True)
class HeldOut:
    """A string that no training record may have: its benchmark, its record's id, the string.

    `answers` tells whether it answers a question, `entry` whether it is of a dictionary.
    """

    benchmark: str
    record: str
    text: str
    answers: bool = False
    entry: bool = False


def read_held_out(path: Path) -> Iterator[HeldOut]:
    """Yield every held-out string of a benchmark's file; `InputError` where it is no benchmark."""
    try:
        for record in read_jsonl(path, "a benchmark"):
            secrets = TASKS[record["task"]].secrets(record)
            texts = dict.fromkeys(secrets.asked, False)
            texts = dict.fromkeys(secrets.answers, secrets.question) | texts
            for text, answers in texts.items():
                if text.strip():
                    yield HeldOut(path.stem, record["id"], text, answers, secrets.entry)
    except (KeyError, IndexError) as error:
        raise InputError(f"{path}: not a benchmark: {error!r}") from error
