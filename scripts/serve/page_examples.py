"""Example questions in a study's languages (prompts/examples.yaml)."""

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.study.prompts import load_prompts

SHOWN = 8  # on a page


@dataclass(frozen=True)
class Example:
    """A question, its input, and the language that it is in."""

    language: str
    instruction: str
    input: str = ""

    @property
    def whole(self) -> str:
        """Return the question with its input behind it."""
        return "\n".join(part for part in (self.instruction, self.input) if part)


def examples_in(language: str) -> list[Example]:
    """Return the examples in a language; none where it has none."""
    written = load_prompts("examples").get(language, [])
    return [
        Example(language, **(one if isinstance(one, dict) else {"instruction": one}))
        for one in written
    ]


def study_examples(languages: Sequence[str]) -> list[Example]:
    """Return the examples of a page, as many of each of a study's languages as there is room for.

    English is among them: what a model has forgotten of it is a question of every study.
    """
    known = [examples_in(code) for code in dict.fromkeys([*languages, "en"])]
    known = [some for some in known if some]
    each = max(1, SHOWN // max(1, len(known)))
    return [one for some in known for one in some[:each]][:SHOWN]
