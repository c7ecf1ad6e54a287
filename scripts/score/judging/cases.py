"""The questions that two systems answered, and the languages of question and answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import read_records
from scripts.score.metrics.form import detect_language

Record = dict[str, Any]

SYSTEMS = ("model", "baseline")
NO_LETTERS = "none"  # what `detect_language` says of a text such as 42


@dataclass(frozen=True)
class Case:
    """A question with the answers of both systems; `languages` is None where nobody looked."""

    id: str
    category: str
    question: str
    model: str
    baseline: str
    languages: dict[str, str] | None = None

    @property
    def is_comparable(self) -> bool:
        """Tell whether both answers are in the question's language, as far as anybody looked."""
        return not self.languages or all(is_right(self.languages, name) for name in SYSTEMS)


def is_right(languages: dict[str, str], name: str) -> bool:
    """Tell whether a system's answer is in the question's language; figures are in any."""
    pair = (languages[name], languages["question"])
    return NO_LETTERS in pair or pair[0] == pair[1]


def read_cases(predictions: Path, baseline: Path, check_languages: bool) -> list[Case]:
    """Return what both systems answered; `InputError` unless they answered the same questions."""
    own, other = read_answers(predictions), read_answers(baseline)
    odd = own.keys() ^ other.keys()
    if odd:
        raise InputError(
            f"{predictions}: {len(odd)} ids are there or in {baseline} only, such as "
            f"{min(odd)!r}; expected answers to the same questions"
        )
    return [make_case(record, other[key], check_languages) for key, record in own.items()]


def read_answers(path: Path) -> dict[str, Record]:
    """Return the records of a file of predictions by id."""
    found: dict[str, Record] = {}
    for number, record in enumerate(read_records(path, "predictions"), 1):
        for field in ("id", "instruction", "prediction"):
            if not isinstance(record.get(field), str):
                raise InputError(
                    f"{path}:{number}: {field} is {record.get(field)!r}, expected a text"
                )
        if found.setdefault(record["id"], record) is not record:
            raise InputError(f"{path}:{number}: id {record['id']!r} is duplicated")
    return found


def make_case(own: Record, other: Record, check_languages: bool) -> Case:
    """Return the case of two predictions of one question."""
    texts = {
        "question": "\n".join(filter(None, (own["instruction"], own.get("input")))),
        "model": own["prediction"],
        "baseline": other["prediction"],
    }
    languages = None
    if check_languages:
        languages = {name: detect_language(text) for name, text in texts.items()}
    return Case(own["id"], own.get("category") or "", **texts, languages=languages)
