"""The questions that two systems answered, and the languages of question and answers."""

from dataclasses import dataclass, field
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
    """A question with the answers of both systems; `languages` is None where nobody looked.

    `parts` are what the question is made of: its instruction and its input.
    """

    id: str
    category: str
    question: str
    model: str
    baseline: str
    languages: dict[str, str] | None = None
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def is_comparable(self) -> bool:
        """Tell whether both answers are in the question's language, as far as anybody looked."""
        return not self.languages or all(is_right(self.languages, name) for name in SYSTEMS)


def is_right(languages: dict[str, str], name: str) -> bool:
    """Tell whether a system's answer is in the question's language; figures are in any."""
    pair = (languages[name], languages["question"])
    return NO_LETTERS in pair or pair[0] == pair[1]


def read_cases(
    predictions: Path, baseline: Path, check_languages: bool, questions: Path | None = None
) -> list[Case]:
    """Return what both systems answered; `InputError` unless they answered the same questions.

    With `questions` both files are FastChat's.
    """
    if questions:
        asked = read_questions(questions)
        own, other = (read_fastchat(path, asked, questions) for path in (predictions, baseline))
    else:
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
        for name in ("id", "instruction", "prediction"):
            if not isinstance(record.get(name), str):
                raise InputError(
                    f"{path}:{number}: {name} is {record.get(name)!r}, expected a text"
                )
        if found.setdefault(record["id"], record) is not record:
            raise InputError(f"{path}:{number}: id {record['id']!r} is duplicated")
    return found


def read_questions(path: Path) -> dict[str, Record]:
    """Return FastChat's questions (``question_id, text, category``) by id."""
    return {str(record["question_id"]): record for record in read_texts(path, "questions")}


def read_fastchat(path: Path, questions: dict[str, Record], source: Path) -> dict[str, Record]:
    """Return FastChat's answers (``question_id, text``) as predictions, by id.

    `source` is the file of the questions, for messages.
    """
    found: dict[str, Record] = {}
    for number, record in enumerate(read_texts(path, "answers"), 1):
        key = str(record["question_id"])
        if key not in questions:
            raise InputError(f"{path}:{number}: question {key} is not in {source}")
        if key in found:
            raise InputError(f"{path}:{number}: question {key} is answered twice")
        question = questions[key]
        found[key] = {
            "id": key,
            "instruction": question["text"],
            "category": " ".join(str(question.get("category") or "").split()),
            "prediction": record["text"],
        }
    return found


def read_texts(path: Path, expected: str) -> list[Record]:
    """Return records that have a `question_id` and a `text`; `InputError` names one without."""
    records = read_records(path, expected)
    for number, record in enumerate(records, 1):
        if "question_id" not in record or not isinstance(record.get("text"), str):
            raise InputError(
                f"{path}:{number}: no question_id and text, expected FastChat's {expected}"
            )
    return records


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
    parts = {"instruction": own["instruction"], "input": own.get("input") or ""}
    return Case(own["id"], own.get("category") or "", **texts, languages=languages, parts=parts)
