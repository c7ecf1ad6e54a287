"""``results/preferences.jsonl``: what people said of models' answers, a JSON line a rating.

A line is on disk when `add_rating` returns. Its form::

    {
      "id": "9f0c…", "time": "2026-11-29T21:40:12Z", "kind": "blind",
      "vote": "left",                  # left, right, tie, bad (both); of one answer up, down
      "seed": 81,                      # draws two models and their order
      "drawn_from": ["base", "x-zh"],  # from these
      "study": "smollm2-zh",
      "question": {"instruction": "…", "input": "", "system": "", "before": [["…", "…"]]},
      "answers": [{"model": "x-zh", "weights": "1c9d…", "format": "chatml", "text": "…"}, …],
      "settings": {"temperature": 0.7, …, "tokens": 256, "seed": 1}
    }

Of several lines of one id the last one counts: a person may change a thumb. `weights` tells a
model's states apart (`scripts.common.provenance.fingerprint` of its `stage.json`).
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from scripts.common.errors import InputError
from scripts.common.files import parse_json, read_text
from scripts.study.validate import check_form

RATINGS_FILE = "results/preferences.jsonl"
WHAT = "ratings of `make page`"
VOTES = {"blind": ("left", "right", "tie", "bad"), "thumb": ("up", "down")}
COUNTS = {"blind": 2, "thumb": 1}  # answers
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
SPOKEN = {"model": TEXT, "weights": TEXT, "format": TEXT, "text": TEXT}
ASKED = {"instruction": TEXT, "input": TEXT, "system": TEXT}


def exact(properties: dict[str, Any], **others: Any) -> dict[str, Any]:
    """Return the schema of a mapping that has all these keys."""
    return {"type": "object", "required": list(properties), "properties": properties, **others}


FORM = exact(
    {
        "id": TEXT,
        "time": TEXT,
        "kind": {"enum": list(VOTES)},
        "vote": {"enum": [vote for votes in VOTES.values() for vote in votes]},
        "seed": {"type": "integer"},
        "drawn_from": TEXTS,
        "study": TEXT,
        "question": exact(ASKED | {"before": {"type": "array", "items": TEXTS}}),
        "answers": {"type": "array", "minItems": 1, "maxItems": 2, "items": exact(SPOKEN)},
        "settings": {"type": "object"},
    }
)


@dataclass(frozen=True)
class Spoken:
    """An answer: its text, its model, that one's weights, the format that it was asked in."""

    model: str
    weights: str
    format: str
    text: str


@dataclass(frozen=True)
class Question:
    """What was asked; `before` are the turns before it, a question and its answer each."""

    instruction: str
    input: str = ""
    system: str = ""
    before: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Rating:
    """What a person said of one answer, or of two; see this module's docstring."""

    id: str
    time: str
    kind: str
    vote: str
    seed: int
    drawn_from: tuple[str, ...]
    study: str
    question: Question
    answers: tuple[Spoken, ...]
    settings: dict[str, Any]


def add_rating(rating: Rating, path: Path) -> None:
    """Append a rating; once this returns, neither a killed process nor a lost machine loses it.

    Several processes may append to one file. What a killed one left of a line is taken away: nobody
    was told that it was kept.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(rating), ensure_ascii=False).encode() + b"\n"
    is_new = not path.exists()
    with path.open("ab+", buffering=0) as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        end_last_line(stream)
        stream.write(line)
        os.fsync(stream.fileno())
    if is_new:
        sync_folder(path.parent)


def end_last_line(stream: BinaryIO) -> None:
    """Let a file end with a whole line: what is left of one is cut off, or ended if whole."""
    size = stream.seek(0, os.SEEK_END)
    start = find_last_line(stream, size)
    stream.seek(start)
    if not (left := stream.read(size - start)):
        return
    try:
        json.loads(left)
    except ValueError:
        stream.truncate(start)
    else:
        stream.write(b"\n")


def find_last_line(stream: BinaryIO, size: int, block: int = 2**16) -> int:
    """Return where what stands behind the last end of a line begins."""
    place = size
    while place:
        start = max(0, place - block)
        stream.seek(start)
        found = stream.read(place - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        place = start
    return 0


def sync_folder(folder: Path) -> None:
    """Have a new file's name on disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_ratings(path: Path) -> list[Rating]:
    """Return the ratings, of each id the last; a last line that is not whole is left out.

    Raises:
        InputError: where another line is no rating, or there is none.
    """
    whole, _, left = read_text(path, WHAT).rpartition("\n")
    found = {}
    for number, line in enumerate(whole.split("\n"), 1):
        if line.strip():
            rating = parse_rating(line, f"{path}:{number}")
            found[rating.id] = rating
    if is_json(left):
        rating = parse_rating(left, f"{path}: the last line")
        found[rating.id] = rating
    if not found:
        raise InputError(f"{path}: no rating, expected {WHAT}")
    return list(found.values())


def is_json(text: str) -> bool:
    """Tell whether a line is whole."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def parse_rating(line: str, place: str) -> Rating:
    """Return a line's rating; `InputError` where it is none."""
    facts = parse_json(line, place, WHAT)
    check_form(facts, FORM, place)
    if facts["vote"] not in VOTES[facts["kind"]]:
        expected = ", ".join(VOTES[facts["kind"]])
        raise InputError(f"{place}: vote: found {facts['vote']!r}, expected one of {expected}")
    if len(facts["answers"]) != COUNTS[facts["kind"]]:
        raise InputError(f"{place}: answers: expected {COUNTS[facts['kind']]} of them")
    question = {key: facts["question"][key] for key in (*ASKED, "before")}
    question["before"] = tuple(tuple(turn) for turn in question["before"])
    answers = tuple(Spoken(**{key: one[key] for key in SPOKEN}) for one in facts["answers"])
    return Rating(
        **{key: facts[key] for key in ("id", "time", "kind", "vote", "seed", "study", "settings")},
        drawn_from=tuple(facts["drawn_from"]),
        question=Question(**question),
        answers=answers,
    )
