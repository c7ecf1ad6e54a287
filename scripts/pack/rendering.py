"""From a corpus record to token ids and the mask of tokens that carry loss."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from operator import or_
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from scripts.common.errors import InputError, read_by
from scripts.common.files import read_json
from scripts.pack.records import Record
from scripts.pack.wording import Wording
from scripts.study.kinds import CHAT, KINDS
from scripts.study.prompts import PromptFormat
from scripts.tokenizer.record_tokenizer import RecordTokenizer

BLOCK = 1024  # records that are tokenized at once


@dataclass(frozen=True)
class Example:
    """One tokenized record: `ids`, and from which of them on (`first`) tokens carry loss.

    Of a conversation, `gaps` are the stretches behind `first` that carry none: begin and end.
    `record` is ``dataset:id``; the pieces of a document that was split share it, and the first of
    them `is_first`; of a record that is longer than a row all `is_cut`. `marked` tells whether its
    text has a special token's name in it, `turn` in which pass over the data it was read.
    """

    source: str
    ids: list[int]
    first: int
    record: str = ""
    marked: bool = False
    turn: int = 0
    is_first: bool = True
    is_cut: bool = False
    gaps: tuple[tuple[int, int], ...] = ()

    @property
    def useful(self) -> int:
        """Return how many tokens carry loss; the first of a row's example never does."""
        return len(self.ids) - max(self.first, 1) - sum(end - begin for begin, end in self.gaps)

    def piece(self, start: int, stop: int) -> "Example":
        """Return the tokens ``start:stop`` as an example that was cut."""
        first, is_first = max(self.first - start, 0), self.is_first and not start
        cut = replace(self, ids=self.ids[start:stop], first=first, is_first=is_first, is_cut=True)
        if not self.gaps:
            return cut
        gaps = (
            (max(begin - start, 1), min(end, stop) - start)
            for begin, end in self.gaps
            if begin < stop and end > start + 1
        )
        return replace(cut, gaps=tuple(gaps))

    def beginning(self, length: int) -> "Example":
        """Return the first `length` tokens, without a last question whose answer is cut off."""
        stop = next((begin for begin, end in self.gaps if begin <= length <= end), length)
        return self.piece(0, stop)


Encode = Callable[[list[Record]], list[Example]]  # of a block of records


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer folder: its tokenizer as records are read, and its special tokens.

    `eos_text` is the name of the end-of-text token, `folder` where it was read.
    """

    records: RecordTokenizer
    bos: int
    eos: int
    eos_text: str
    folder: Path = Path()

    @classmethod
    def load(cls, folder: Path) -> "Vocabulary":
        """Read ``tokenizer.json`` and ``tokenizer_config.json``; bos falls back to eos."""
        path = folder / "tokenizer.json"
        config = read_json(folder / "tokenizer_config.json", "a tokenizer's settings", {})
        eos = token_text(config.get("eos_token"))
        bos = token_text(config.get("bos_token")) or eos
        spec = read_json(path, "a tokenizer")
        records = read_by(
            lambda: RecordTokenizer.build(spec, filter(None, (bos, eos))), path, "a tokenizer"
        )
        end = None if eos is None else records.find(eos)
        if eos is None or end is None:
            raise InputError(f"{folder}/tokenizer_config.json: found no eos_token, expected one")
        begin = records.find(bos or eos)
        return cls(records, end if begin is None else begin, end, eos, folder)

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer itself, whose special tokens have private names."""
        return self.records.tokenizer

    def encode(self, texts: list[str], special: bool = False) -> list[list[int]]:
        """Return each text's ids; `special` adds what the tokenizer puts around a text."""
        return self.records.encode(texts, special)


def token_text(token: str | dict[str, Any] | None) -> str | None:
    """Return a special token's text, whether it is written as text or as a mapping."""
    return token["content"] if isinstance(token, dict) else token


def encode_texts(records: Iterator[Record], vocabulary: Vocabulary) -> Iterator[Example]:
    """Yield documents as bos + text + eos; every token but bos carries loss."""

    def encode(block: list[Record]) -> list[Example]:
        texts = [as_text(record.part)(record.fields, record.index) for record in block]
        marks = vocabulary.records.mark(texts)
        return [
            Example(
                record.source,
                [vocabulary.bos, *ids, vocabulary.eos],
                1,
                record.name,
                marked,
                record.turn,
            )
            for record, ids, marked in zip(block, vocabulary.encode(texts), marks, strict=True)
        ]

    return encode_blocks(encode, records)


def encode_responses(
    records: Iterator[Record],
    vocabulary: Vocabulary,
    format: PromptFormat,
    wording: Wording,
    join: bool = False,
) -> Iterator[Example]:
    """Yield instruction records as prompt + response + end; loss on response and end only.

    Prompt and response are tokenized apart, as they are when the model is asked, or, with `join`,
    as one text: its first tokens, as many as the prompt alone has, carry no loss. At the seam a
    token may then belong to both.
    """
    return encode_blocks(response_encoder(vocabulary, format, wording, join), records)


def response_encoder(
    vocabulary: Vocabulary, format: PromptFormat, wording: Wording, join: bool
) -> Encode:
    """Return how `encode_responses` makes a block's examples."""
    written = format.reworded(vocabulary.records.hide)
    ending = vocabulary.records.hide(format.end.replace("{eos}", vocabulary.eos_text))
    (end,) = vocabulary.encode([ending])

    def encode(block: list[Record]) -> list[Example]:
        worded = [wording.ask(record) for record in block]
        asked = [written.render(fields) for fields in worded]
        told = [fields["output"] for fields in worded]
        prompts = vocabulary.encode(asked, special=True)
        if join:
            texts = [
                f"{prompt}{answer}{ending}" for prompt, answer in zip(asked, told, strict=True)
            ]
            whole = vocabulary.encode(texts, special=True)
        else:
            answers = vocabulary.encode(told)
            whole = [[*one, *two, *end] for one, two in zip(prompts, answers, strict=True)]
        marks = map(or_, vocabulary.records.mark(asked), vocabulary.records.mark(told))
        return [
            Example(record.source, ids, len(prompt), record.name, marked, record.turn)
            for record, ids, prompt, marked in zip(block, whole, prompts, marks, strict=True)
        ]

    return encode


def encode_blocks(encode: Encode, records: Iterator[Record]) -> Iterator[Example]:
    """Yield what `encode` makes of blocks of records, one block ahead in a thread of its own.

    The tokenizer's threads work while rows are filled.
    """
    with ThreadPoolExecutor(1) as pool:
        waiting = blocks(records)
        coming = pool.submit(encode_next, encode, waiting)
        while (found := coming.result()) is not None:
            coming = pool.submit(encode_next, encode, waiting)
            yield from found


def encode_next(encode: Encode, waiting: Iterator[list[Record]]) -> list[Example] | None:
    """Return the examples of the next block; None where there is none."""
    block = next(waiting, None)
    return None if block is None else encode(block)


def blocks(records: Iterator[Any]) -> Iterator[list[Any]]:
    """Yield lists of up to `BLOCK` records, so that the tokenizer works on many at once."""
    block = []
    for record in records:
        block.append(record)
        if len(block) == BLOCK:
            yield block
            block = []
    if block:
        yield block


def as_text(part: dict[str, Any]) -> Callable[[dict[str, Any], int], str]:
    """Return how a part's records become documents (of a pair: both sides, order alternating)."""
    kind = KINDS[part["kind"]]
    if part["kind"] == CHAT:
        return lambda record, _: "\n".join(turn["content"] for turn in record["messages"])
    if kind.languages == 1:
        return lambda record, _: "\n".join(filter(None, map(record.get, kind.text_columns)))
    if part["side"]:
        (column,) = kind.columns_in(tuple(part["languages"]), part["side"])
        return lambda record, _: record[column]
    return lambda record, index: "\n".join(
        [record["source"], record["target"]][:: -1 if index % 2 else 1]
    )
