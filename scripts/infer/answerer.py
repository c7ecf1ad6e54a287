"""A model that answers prompts as a benchmark says: greedily, drawn, by labels or by beams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from scripts.common.command import log
from scripts.infer.beams import search_beams
from scripts.infer.decoding import Decoding, Done, decode_rows
from scripts.infer.ending import Ending
from scripts.infer.memory import check_short
from scripts.infer.pick import Ended, Labels, Pick, RecordLabels, Sampler, checked, pick_likeliest
from scripts.infer.record_text import record_tokenizer
from scripts.study.answer import Answer


def no_one(row: int) -> None:
    """Tell nobody that a row has ended."""


@dataclass
class Answerer:
    """Answers prompts with a model.

    Attributes:
        model, tokenizer: the model's.
        answer: how; what concerns prompts alone (examples, translation) is not of this.
        ending: where an answer ends.
        seed: of what is drawn.
        decoding: the way, and how many rows at a time. Their number is halved where memory does
            not suffice, and stays so.
        meant: by record's id those of the labels that can be its answer, where not all can.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    answer: Answer
    ending: Ending
    seed: int
    decoding: Decoding
    meant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __call__(
        self, prompts: list[list[int]], ids: Sequence[str], done: Done = no_one
    ) -> list[list[int]]:
        """Return the ids that answer each prompt, the closing ones included.

        Args:
            prompts: as ids.
            ids: of the records, from which what is drawn comes.
            done: is told the place of each prompt that is answered.

        Raises:
            InputError: if one row alone does not fit into memory.
        """
        while True:
            try:
                with torch.inference_mode():
                    return self.decode(prompts, ids, done)
            except (torch.OutOfMemoryError, RuntimeError) as error:
                self.decoding = smaller(self.decoding, error)

    def decode(self, prompts: list[list[int]], ids: Sequence[str], done: Done) -> list[list[int]]:
        """Do so, once."""
        if self.answer.beams > 1:
            return search_beams(
                self.model, prompts, self.answer.beams, self.ending,
                1 if self.decoding.tile else self.decoding.slots, done,
            )  # fmt: skip
        pick, ended = self.rules(ids)
        pad, limit = self.tokenizer.eos_token_id, self.ending.limit
        return decode_rows(
            self.model, prompts, checked(pick), ended, limit, pad, self.decoding, done
        )

    def rules(self, ids: Sequence[str]) -> tuple[Pick, Ended]:
        """Return how tokens are taken, and what ends a row."""
        if self.answer.labels:
            labels = self.labels_of(ids)
            return labels, labels.ended
        if self.answer.temperature:
            return Sampler(self.answer, self.seed, ids), self.ending
        return pick_likeliest, self.ending

    def labels_of(self, ids: Sequence[str]) -> RecordLabels:
        """Return what holds each record's answer to its labels."""
        rows = [self.meant.get(name, self.answer.labels) for name in ids]
        encode, end = record_tokenizer(self.tokenizer).encode, self.tokenizer.eos_token_id
        known = {texts: Labels(encode(list(texts)), end) for texts in dict.fromkeys(rows)}
        return RecordLabels([known[texts] for texts in rows])


def smaller(decoding: Decoding, error: RuntimeError) -> Decoding:
    """Return how to decode after an error, with the errors of `check_short`: half the rows."""
    check_short(error, decoding.slots)
    slots = decoding.slots // 2
    log.warning("out of memory with %d records at a time: %d now", decoding.slots, slots)
    return Decoding(decoding.way, slots, decoding.tile)


def count_differences(
    answerer: Answerer, prompts: list[list[int]], ids: Sequence[str], texts: list[str]
) -> int:
    """Return how many answers are others when prompts are answered a few at a time."""
    decoding = Decoding(answerer.decoding.way, fewer(answerer.decoding.slots))
    again = replace(answerer, decoding=decoding)(prompts, ids)
    return sum(answerer.ending.read(one) != text for one, text in zip(again, texts, strict=True))


def fewer(slots: int) -> int:
    """Return another number of rows at a time than `slots`: a quarter, or of one two."""
    return max(1, slots // 4) if slots > 1 else 2
