"""How requests are worded: for translations, and for answers to questions on a text.

A study chooses a set of wordings (`prompts`): the default of ``prompts/tasks.yaml``, or one of
``registry/wordings.yaml``, which `scripts.data.read_wordings` has written as JSON::

    {"name": "x-llm", "drawn": false, "names": {"el": "Modern Greek (1453-)"},
     "translation": {"*": ["Translate from {source} to {target}."]},
     "answer": {"zh": {"instruction": "…", "input": "…{context}…{question}…"}}}
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Self

from scripts.common.errors import InputError, read_by
from scripts.common.files import read_json
from scripts.study.prompts import load_prompts, task_wording

DEFAULT = "default"
ANY = "*"
PLACE = re.compile(r"\{(\w+)\}")
EXPECTED = "wordings of read_wordings"


def fill(wording: str, texts: Mapping[str, str]) -> str:
    """Return a wording with its places filled in one pass; braces of the texts stay as they are."""
    return PLACE.sub(lambda match: texts.get(match[1], match[0]), wording)


@dataclass(frozen=True)
class Wordings:
    """A set of wordings.

    Attributes:
        name: as a study names it.
        translation: requests with places for ``{source}`` and ``{target}``, names of languages,
            by direction (``en-zh``), ``*`` for all others.
        behind: those that follow the source, under the objective `suffix`.
        answer: by language, the instruction, and the input with places for ``{context}`` and
            ``{question}``.
        names: names of languages that are not those of registry/languages.yaml, by code.
        drawn: whether training draws one at random each time; else they take turns.
    """

    name: str
    translation: Mapping[str, tuple[str, ...]]
    behind: Mapping[str, tuple[str, ...]]
    answer: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    drawn: bool = False

    @classmethod
    def default(cls) -> Self:
        """Return the wordings of ``prompts/tasks.yaml``: one for translations, some to draw from
        for those behind their source."""
        known = load_prompts("tasks")
        behind = tuple(known["suffix_translation"])
        return cls(DEFAULT, {ANY: (known["translation"],)}, {ANY: behind})

    @classmethod
    def read(cls, path: Path | None) -> Self:
        """Read a file of `scripts.data.read_wordings`; without one, return the default."""
        if path is None:
            return cls.default()
        found: dict[str, Any] = read_json(path, EXPECTED)
        return read_by(lambda: cls.build(found), path, EXPECTED)

    @classmethod
    def build(cls, found: Mapping[str, Any]) -> Self:
        """Return the wordings of such a file."""
        requests = {way: tuple(wordings) for way, wordings in found["translation"].items()}
        if not all(requests.values()):
            raise ValueError("no request for a translation")
        return cls(
            found["name"], requests, requests, found["answer"], found["names"], found["drawn"]
        )

    def requests(
        self, languages: tuple[str, str], names: tuple[str, str], behind: bool = False
    ) -> tuple[str, ...]:
        """Return every request for a translation in one direction, the first that of benchmarks.

        Args:
            languages: codes of source and target.
            names: theirs, in English.
            behind: those that follow the source.

        Raises:
            InputError: if there is none for the direction.
        """
        known = self.behind if behind else self.translation
        direction = "-".join(languages)
        found = known.get(direction) or known.get(ANY)
        if not found:
            raise InputError(f"prompts: {self.name} has no request for {direction}")
        source, target = (
            self.names.get(code, name) for code, name in zip(languages, names, strict=True)
        )
        texts = {"source": source, "target": target}
        return tuple(fill(wording, texts) for wording in found)

    def choose(self, requests: tuple[str, ...], number: int, draw: Random) -> str:
        """Return the request of one record, by its number, or as drawn."""
        return draw.choice(requests) if self.drawn else requests[number % len(requests)]

    def ask_answer(self, language: str, context: str, question: str) -> tuple[str, str]:
        """Return the instruction and the input of a question on a text."""
        wording = self.answer.get(language)
        if wording is None:
            return task_wording("answer", language), f"{context}\n{question}"
        texts = {"context": context, "question": question}
        return wording["instruction"], fill(wording["input"], texts)
