"""What may not be in training data: the strings of the benchmarks, and when two are the same.

Two strings are the same if they agree after `normalise`. A held-out string is a benchmark's
source, reference, text, context, question, headword or right choice, and every line or sentence
of these that has at least ten letters or digits. A question's answer is one only from that length
on: "18", "True" or "work" give nothing away without the question.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl
from scripts.data.sentences import split_sentences
from scripts.study.tasks import TASKS

# Shorter ones ("Yes.", "他说。") are common to texts that have nothing else in common.
SHORTEST_SENTENCE = 10


@cache
def keeps(character: str) -> bool:
    """Tell letters, digits and the vowel signs that belong to letters from everything else."""
    return unicodedata.category(character)[0] in "LNM"


def normalise(text: str) -> str:
    """Return a string's letters and digits in one case and one form (NFKC)."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", "".join(filter(keeps, folded)))


def sentence_forms(text: str) -> Iterator[str]:
    """Yield the normalised lines and sentences that are long enough to tell something."""
    for part in dict.fromkeys((*text.splitlines(), *split_sentences(text))):
        form = normalise(part)
        if len(form) >= SHORTEST_SENTENCE:
            yield form


def held_out_strings(record: dict[str, Any]) -> list[str]:
    """Return the strings of a benchmark record that no training record may have."""
    secrets = TASKS[record["task"]].secrets(record)
    answers = secrets.answers
    if secrets.question:
        answers = [text for text in answers if len(normalise(text)) >= SHORTEST_SENTENCE]
    return list(dict.fromkeys(text for text in secrets.asked + answers if text.strip()))


def read_held_out(path: Path) -> list[tuple[str, str]]:
    """Return (record id, string) for every held-out string of a benchmark file."""
    try:
        return [
            (record["id"], string)
            for record in read_jsonl(path, "a benchmark")
            for string in held_out_strings(record)
        ]
    except (KeyError, IndexError) as error:
        raise InputError(f"{path}: not a benchmark: {error!r}") from error


def held_out_forms(path: Path) -> set[str]:
    """Return the normalised held-out strings of a benchmark file and their sentences."""
    forms = set()
    for _, string in read_held_out(path):
        forms.add(normalise(string))
        forms.update(sentence_forms(string))
    return forms - {""}


def text_fields(record: dict[str, Any]) -> dict[str, str]:
    """Return the strings a model is trained on, by field; lists are numbered."""
    fields = {}
    for name, value in record.items():
        if name == "id":
            continue
        for number, text in enumerate(value if isinstance(value, list) else [value]):
            fields[f"{name}[{number}]" if isinstance(value, list) else name] = text
    if record.get("instruction") and record.get("input"):
        fields["instruction+input"] = f"{record['instruction']}\n{record['input']}"
    return fields
