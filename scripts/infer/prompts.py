"""From benchmark records to prompts as token ids: examples before them, cut to a model's window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedTokenizerBase

from scripts.common.command import log
from scripts.common.errors import shorten
from scripts.infer.exemplars import NONE, Exemplars
from scripts.infer.record_text import record_tokenizer
from scripts.pack.turns import encode_turns, word_turns
from scripts.study.prompts import PromptFormat
from scripts.tokenizer.record_tokenizer import RecordTokenizer

Record = dict[str, Any]
SHOWN = 5  # ids of a line of the log


@dataclass(frozen=True)
class Prompts:
    """The prompts of records.

    Attributes:
        ids: of each record.
        cut: the ids of the records that lost examples or the beginning of their text, or of a line
            before that was translated.
        exemplars: of each record the ids of its examples, as they stand in the prompt.
        told: of each record what else its prediction tells of the prompt, by field.
    """

    ids: list[list[int]]
    cut: list[str]
    exemplars: list[list[str]]
    told: list[dict[str, Any]]

    @property
    def settings(self) -> dict[str, Any]:
        """What the ``.meta.json`` tells."""
        return {"prompts_cut": len(self.cut), "cut": self.cut}

    def describe(self, row: int) -> dict[str, Any]:
        """Return what a record's prediction tells of its prompt."""
        examples = {"exemplars": self.exemplars[row]} if any(self.exemplars) else {}
        return examples | self.told[row]


@dataclass(frozen=True)
class Writer:
    """What prompts are written with: format and end (`reader`'s private names), and examples."""

    form: PromptFormat
    end: str
    reader: RecordTokenizer
    exemplars: Exemplars = NONE

    def encode(self, pairs: Sequence[tuple[Record, list[Record]]]) -> list[list[int]]:
        """Return the ids of records, each behind its examples.

        In a format with turns each example is one, as conversations are in training; in one
        without, all is one text, a blank line behind each answer.
        """
        if not self.form.opening:
            texts = [self.join(record, examples) for record, examples in pairs]
            return self.reader.encode(texts, special=True)
        talks = [
            word_turns(
                [self.form.render(one, not n) for n, one in enumerate((*examples, record))],
                [self.exemplars.tell(one) for one in examples],
                self.form,
            )
            for record, examples in pairs
        ]
        return [turns.ask() for turns in encode_turns(talks, self.end, self.reader)]

    def join(self, record: Record, examples: list[Record]) -> str:
        """Return a record behind its examples as one text."""
        parts = []
        for one in examples:
            asked = self.form.render(one)
            gap = "" if asked[-1:].isspace() else " "
            parts.append(f"{asked}{gap}{self.exemplars.tell(one)}\n\n")
        return "".join(parts) + self.form.render(record)


def encode_prompts(
    records: list[Record],
    form: PromptFormat,
    tokenizer: PreTrainedTokenizerBase,
    room: int | Sequence[int],
    exemplars: Exemplars = NONE,
) -> Prompts:
    """Return each record's prompt as at most `room` ids: of all records, or of each its own.

    One that is longer loses its first examples, then the beginning of its record's text.
    """
    reader = record_tokenizer(tokenizer)
    end = reader.hide(form.end.replace("{eos}", tokenizer.eos_token))
    writer = Writer(form.reworded(reader.hide), end, reader, exemplars)
    chosen = [exemplars.choose(record) for record in records]
    fewer = sum(len(some) < exemplars.shots for some in chosen)
    if fewer:
        log.warning("%d records have fewer examples: others ask what they ask", fewer)
    prompts = writer.encode(list(zip(records, chosen, strict=True)))
    rooms = [room] * len(records) if isinstance(room, int) else room
    long = [row for row, ids in enumerate(prompts) if len(ids) > rooms[row]]
    for row in long:
        while len(prompts[row]) > rooms[row] and chosen[row]:
            chosen[row] = chosen[row][1:]
            (prompts[row],) = writer.encode([(records[row], chosen[row])])
        if len(prompts[row]) > rooms[row]:
            size = len(prompts[row])
            prompts[row] = cut_prompt(records[row], writer.form, reader, size, rooms[row])
    lost = {*long, *(row for row, record in enumerate(records) if record.get("cut"))}
    names = [str(records[row]["id"]) for row in sorted(lost)]
    shown = ", ".join(map(shorten, names[:SHOWN])) + (", …" if len(names) > SHOWN else "")
    listed, most = f": {shown}" if names else "", max(rooms, default=0)
    log.info("%d of %d prompts cut to %d tokens%s", len(names), len(records), most, listed)
    told = [{"translated": one["translated"]} if "translated" in one else {} for one in records]
    return Prompts(prompts, names, [[str(one["id"]) for one in some] for some in chosen], told)


def cut_prompt(
    record: Record, form: PromptFormat, reader: RecordTokenizer, length: int, room: int
) -> list[int]:
    """Return a prompt of `length` ids as at most `room`: the beginning of the record's input goes.

    Instruction and turn markers stay. A record without an input loses the beginning of its
    instruction. The format's special tokens have `reader`'s private names.
    """
    field = "input" if record["input"] else "instruction"
    text = record[field]
    pieces = reader.tokenizer.encode(text, add_special_tokens=False)
    starts = [start for start, _ in pieces.offsets]
    excess = length - room
    # A cut can fall inside a character, which then stays whole, or change how pieces merge.
    while excess < len(starts):
        shorter = form.render({**record, field: text[starts[excess] :]})
        (ids,) = reader.encode([shorter], special=True)
        if len(ids) <= room:
            return ids
        excess += len(ids) - room
    (ids,) = reader.encode([form.render({**record, field: ""})], special=True)
    return ids[-room:]
