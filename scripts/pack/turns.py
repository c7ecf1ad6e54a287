"""Turns of a conversation as text and as token ids: in training, and where a model is asked.

    prompt(question) answer end | between prompt(question) answer end | …

Answers are tokenized apart from what is before them, as of any instruction; what stands between two
answers is tokenized as one text from the end of the first on, as a released model's chat template
has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from scripts.study.prompts import PromptFormat
from scripts.tokenizer.record_tokenizer import RecordTokenizer


@dataclass(frozen=True)
class Dialogue:
    """A conversation as text: its first prompt, what is between the answers, the answers.

    Behind the last answer nothing stands, or the prompt of a question without one.
    """

    opening: str
    between: list[str]
    answers: list[str]


@dataclass(frozen=True)
class Turns:
    """A `Dialogue` as ids; each stretch of `between` begins with what ends an answer."""

    opening: list[int]
    between: list[list[int]]
    answers: list[list[int]]

    def ask(self) -> list[int]:
        """Return all ids, of a conversation whose last question has no answer yet."""
        ids = [*self.opening]
        for answer, behind in zip(self.answers, self.between, strict=True):
            ids += answer
            ids += behind
        return ids


def word_turns(
    prompts: list[str], answers: list[str], format: PromptFormat, opening: str = ""
) -> Dialogue:
    """Return turns as text; `prompts` are as the format renders them, `opening` comes before."""
    between = [format.between + prompt for prompt in prompts[1:]]
    return Dialogue(opening + prompts[0], between, answers)


def encode_turns(talks: list[Dialogue], ending: str, reader: RecordTokenizer) -> Iterator[Turns]:
    """Yield each conversation's ids.

    Args:
        talks: with private names for the format's special tokens (`RecordTokenizer.hide`).
        ending: what ends an answer, likewise.
        reader: the tokenizer.
    """
    openings = reader.encode([talk.opening for talk in talks], special=True)
    behind = [text for talk in talks for text in talk.between]
    between = iter(encode_behind(ending, behind, reader))
    answers = iter(reader.encode([text for talk in talks for text in talk.answers]))
    for talk, opening in zip(talks, openings, strict=True):
        rest = islice(between, len(talk.between)), islice(answers, len(talk.answers))
        yield Turns(opening, *map(list, rest))


def encode_behind(ending: str, texts: list[str], reader: RecordTokenizer) -> list[list[int]]:
    """Return the ids of the end of an answer and what follows, together where the end stays whole.

    A token is written as its neighbours are: some tokenizers put a space in front of a text, and
    none behind a special token.
    """
    (end,) = reader.encode([ending])
    together = reader.encode([ending + text for text in texts])
    return [
        ids if ids[: len(end)] == end else [*end, *reader.encode([text])[0]]
        for ids, text in zip(together, texts, strict=True)
    ]
