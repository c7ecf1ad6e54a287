"""From a conversation to token ids: each turn as the prompt format writes it, loss on the answers.

    prompt(question) answer end | between prompt(question) answer end | …

A system message is written by the format's `system`, or, in a format without one, stands in front
of the first question, a blank line between the two. `scripts.pack.turns` tokenizes.
"""

from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Literal

from scripts.common.errors import InputError
from scripts.pack.records import Record
from scripts.pack.rendering import (
    Encode,
    Example,
    Vocabulary,
    encode_blocks,
    response_encoder,
)
from scripts.pack.turns import Dialogue, Turns, encode_turns, word_turns
from scripts.pack.wording import Wording
from scripts.study.kinds import CHAT
from scripts.study.prompts import PromptFormat

Loss = Literal["all", "last"]
Span = tuple[int, int]  # where tokens begin and end


def encode_dialogues(
    records: Iterator[Record],
    vocabulary: Vocabulary,
    format: PromptFormat,
    wording: Wording,
    join: bool = False,
    turns: Loss = "all",
) -> Iterator[Example]:
    """Yield conversations, and instruction records among them as `encode_responses` does.

    Args:
        turns: which answers carry loss.

    Raises:
        InputError: if prompts and answers are to be joined, which conversations cannot be.
    """
    if join:
        raise InputError("--join: conversations are not tokenized as one text")
    of_turns = dialogue_encoder(vocabulary, format, turns)
    of_answers = response_encoder(vocabulary, format, wording, join)

    def encode(block: list[Record]) -> list[Example]:
        talks = iter(of_turns([record for record in block if record.part["kind"] == CHAT]))
        others = iter(of_answers([record for record in block if record.part["kind"] != CHAT]))
        return [next(talks if record.part["kind"] == CHAT else others) for record in block]

    return encode_blocks(encode, records)


def dialogue_encoder(vocabulary: Vocabulary, format: PromptFormat, turns: Loss) -> Encode:
    """Return what makes the examples of a block of conversations."""
    written = format.reworded(vocabulary.records.hide)
    ending = vocabulary.records.hide(format.end.replace("{eos}", vocabulary.eos_text))
    (end,) = vocabulary.encode([ending])

    def encode(block: list[Record]) -> list[Example]:
        talks = [word_dialogue(record.fields["messages"], written) for record in block]
        found = list(encode_turns(talks, ending, vocabulary.records))
        marks = vocabulary.records.mark(
            ["\0".join(turn["content"] for turn in record.fields["messages"]) for record in block]
        )
        examples = []
        for record, talk, marked in zip(block, found, marks, strict=True):
            ids, spans = lay_out(talk, end)
            first, gaps = choose_loss(spans, turns)
            turn = record.turn
            examples.append(
                Example(record.source, ids, first, record.name, marked, turn, gaps=gaps)
            )
        return examples

    return encode


def lay_out(turns: Turns, end: list[int]) -> tuple[list[int], list[Span]]:
    """Return a conversation's ids, and where each answer begins and its end ends.

    Args:
        turns: as ids.
        end: what ends an answer; what is between two answers begins with it.
    """
    ids, spans = [*turns.opening], []
    for answer, behind in zip(turns.answers, chain(turns.between, [end]), strict=True):
        begin = len(ids)
        spans.append((begin, begin + len(answer) + len(end)))
        ids += answer
        ids += behind
    return ids, spans


def choose_loss(spans: list[Span], turns: Loss) -> tuple[int, tuple[Span, ...]]:
    """Return where the loss begins, and the stretches between the answers, without any."""
    if turns == "last":
        return spans[-1][0], ()
    gaps = ((end, begin) for (_, end), (begin, _) in pairwise(spans))
    return spans[0][0], tuple(gaps)


def word_dialogue(messages: list[dict[str, str]], format: PromptFormat) -> Dialogue:
    """Return a conversation's texts."""
    opening, is_first = "", True
    if messages[0]["role"] == "system":
        system, messages = messages[0]["content"], messages[1:]
        if format.system is None:
            question = f"{system}\n\n{messages[0]['content']}"
            messages = [{"role": "user", "content": question}, *messages[1:]]
        else:
            opening, is_first = format.system.replace("{system}", system), False
    asked, told = ([turn["content"] for turn in messages[n::2]] for n in (0, 1))
    prompts = [
        format.render({"instruction": question, "input": ""}, is_first and not number)
        for number, question in enumerate(asked)
    ]
    return word_turns(prompts, told, format, opening)
