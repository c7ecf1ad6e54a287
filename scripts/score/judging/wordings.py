"""What a judge is asked: our own wording, or published ones that go by category.

FastChat's form, which BiLLa took over (`eval_codes/table/` of Neutralzz/BiLLa): ``prompt.jsonl``
has wordings, ``reviewer.jsonl`` says which category is asked with which of them, and with which
temperature and length. A category that no reviewer is for goes to the first, as in the original.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.files import read_records
from scripts.study.prompts import load_prompts

PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Wording:
    """One way to ask; `prompt` has ``{question}``, ``{answer_1}`` and ``{answer_2}``.

    It may have ``{instruction}`` and ``{input}``, of which the question is made, or ``{context}``
    and ``{answer}`` where one answer is judged. `scores` is where the reply's two numbers are:
    ``first line``, ``last two lines``, or ``tuple``, at its end; or ``yes or no``. Without a
    `system` prompt there is no such message.
    """

    name: str
    system: str
    prompt: str
    scores: str
    temperature: float
    max_tokens: int

    def messages(
        self, question: str, first: str, second: str, parts: Mapping[str, str] | None = None
    ) -> list[dict[str, str]]:
        """Return the chat that asks for scores of two answers, in this order.

        `parts` are the question's instruction and input.
        """
        texts = {"question": question, "answer_1": first, "answer_2": second, **(parts or {})}
        return self.fill(texts)

    def fill(self, texts: Mapping[str, str]) -> list[dict[str, str]]:
        """Return the chat with the prompt's places filled."""
        # In one pass: an answer that has braces of its own stays as it is.
        text = PLACE.sub(lambda match: texts.get(match[1], match[0]), self.prompt)
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": text}]


@dataclass(frozen=True)
class Wordings:
    """The wordings of one judge by category; `default` is for all other categories."""

    default: Wording
    by_category: dict[str, Wording]

    def of(self, category: str) -> Wording:
        """Return the wording that a category is asked with."""
        return self.by_category.get(category, self.default)

    def adapt(self, temperature: float | None, max_tokens: int | None) -> "Wordings":
        """Return the wordings with another temperature or length, where one is given."""
        given = {"temperature": temperature, "max_tokens": max_tokens}
        changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        found = {key: replace(one, **changes) for key, one in self.by_category.items()}
        return Wordings(replace(self.default, **changes), found)


def own_question(name: str) -> Wording:
    """Return a wording of ``prompts/judge_correct.yaml``: whether one answer is correct."""
    known = load_prompts("judge_correct")
    if name not in known:
        raise InputError(f"prompts/judge_correct.yaml: no wording {name!r}{nearest(name, known)}")
    return Wording(name=name, **known[name])


def own_wordings(name: str) -> Wordings:
    """Return a wording of ``prompts/judge.yaml``, the same for every category."""
    known = load_prompts("judge")
    if name not in known:
        raise InputError(f"prompts/judge.yaml: no wording {name!r}{nearest(name, known)}")
    return Wordings(Wording(name=name, **known[name]), {})


def published_wordings(prompts: Path, reviewers: Path, tuples: Collection[str]) -> Wordings:
    """Return the wordings of FastChat's two files; `tuples` are categories that ask for a tuple.

    `InputError` where a file lacks a field, or a reviewer names a prompt that is not there.
    """
    known = {record.get("prompt_id"): record for record in read_records(prompts, "prompts")}
    found: dict[str, Wording] = {}
    for number, reviewer in enumerate(read_records(reviewers, "reviewers"), 1):
        try:
            prompt = known[reviewer["prompt_id"]]
            wording = join(reviewer, prompt, tuples)
        except KeyError as error:
            raise InputError(
                f"{reviewers}:{number}: found no {error.args[0]!r} there or in {prompts}, expected "
                "a reviewer of a prompt"
            ) from None
        found.setdefault(reviewer["category"], wording)
    return Wordings(next(iter(found.values())), found)


def join(reviewer: dict[str, Any], prompt: dict[str, Any], tuples: Collection[str]) -> Wording:
    """Return a reviewer's prompt with the defaults that it leaves places for filled in."""
    defaults = prompt["defaults"]
    text = PLACE.sub(lambda match: defaults.get(match[1], match[0]), prompt["prompt_template"])
    return Wording(
        name=reviewer["reviewer_id"],
        system=prompt["system_prompt"],
        prompt=text,
        scores="tuple" if reviewer["category"] in tuples else "first line",
        temperature=reviewer["metadata"]["temperature"],
        max_tokens=reviewer["metadata"]["max_tokens"],
    )
