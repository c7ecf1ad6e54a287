"""A conversation with a model, and its prompt in the model's own format."""

from dataclasses import dataclass, replace
from typing import Any

from scripts.infer.prompts import cut_prompt
from scripts.pack.turns import encode_turns, word_turns
from scripts.study.prompts import PromptFormat
from scripts.tokenizer.record_tokenizer import RecordTokenizer


@dataclass(frozen=True)
class Turn:
    """What was asked, an instruction and its input, and what the model answered.

    `answer` is None until it has.
    """

    instruction: str
    input: str = ""
    answer: str | None = None

    @property
    def record(self) -> dict[str, Any]:
        """Return the question as the instruction record that a format renders."""
        return {"instruction": self.instruction, "input": self.input}


@dataclass(frozen=True)
class Conversation:
    """Turns, and the system message before them; the last turn is to be answered, or was."""

    turns: tuple[Turn, ...] = ()
    system: str = ""

    def ask(self, instruction: str, given: str = "") -> "Conversation":
        """Return the conversation with another question behind it."""
        return replace(self, turns=(*self.turns, Turn(instruction, given)))

    def answered(self, text: str) -> "Conversation":
        """Return the conversation with its last question answered, whether it was or not."""
        return replace(self, turns=(*self.turns[:-1], replace(self.turns[-1], answer=text)))

    def undo(self) -> "Conversation":
        """Return the conversation without its last turn."""
        return replace(self, turns=self.turns[:-1])


@dataclass(frozen=True)
class Prompt:
    """A conversation as ids; what did not fit: turns from its beginning, text of its question."""

    ids: list[int]
    dropped: int = 0
    cut: bool = False


def takes_turns(form: PromptFormat) -> bool:
    """Tell whether a format has conversations: its prompts can stand behind one another."""
    return bool(form.opening)


def takes_input(form: PromptFormat) -> bool:
    """Tell whether an input is a field of its own in a format, as in Alpaca's."""
    return form.prompt_with_input is not None


def encode_conversation(
    conversation: Conversation, form: PromptFormat, end: str, reader: RecordTokenizer, room: int
) -> Prompt:
    """Return a conversation as at most `room` ids, whose last turn is to be answered.

    The ids are those of training on the same conversation, and of a benchmark's record where there
    is one turn. What is too long loses its first turns, then the beginning of its question.

    Args:
        form: with private names for its special tokens (`RecordTokenizer.hide`), as is `end`.
        end: what closes an answer.
    """
    turns = conversation.turns if takes_turns(form) else conversation.turns[-1:]
    for dropped in range(len(turns)):
        opened, kept = open_with(conversation.system, form, turns[dropped:])
        asked = [opened.render(turn.record, not number) for number, turn in enumerate(kept)]
        told = [turn.answer or "" for turn in kept[:-1]]
        (found,) = encode_turns([word_turns(asked, told, opened)], end, reader)
        ids = found.ask()
        if len(ids) <= room:
            return Prompt(ids, dropped)
    ids = cut_prompt(kept[0].record, opened, reader, len(ids), room)
    return Prompt(ids, len(turns) - 1, True)


def open_with(
    system: str, form: PromptFormat, turns: tuple[Turn, ...]
) -> tuple[PromptFormat, tuple[Turn, ...]]:
    """Return format and turns with a system message before the first, as conversations have it.

    In a format that has none it stands in front of the first question, a blank line between.
    """
    if not system:
        return form, turns
    if form.system is not None:
        return replace(form, begin=form.system.replace("{system}", system)), turns
    first = replace(turns[0], instruction=f"{system}\n\n{turns[0].instruction}")
    return form, (first, *turns[1:])
