"""From a corpus record to token ids and the mask of tokens that carry loss."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.common.prompts import PromptFormat, translation_record

BLOCK = 256


@dataclass(frozen=True)
class Example:
    """One tokenized record: `ids`, and from which of them on (`first`) tokens carry loss."""

    source: str
    ids: list[int]
    first: int


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer folder: the Rust tokenizer, and its special tokens as text and id."""

    tokenizer: Tokenizer
    bos: int
    eos: int
    eos_text: str

    @classmethod
    def load(cls, folder: Path) -> "Vocabulary":
        """Read ``tokenizer.json`` and ``tokenizer_config.json``; bos falls back to eos."""
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        config = read_json(folder / "tokenizer_config.json")
        eos = token_text(config.get("eos_token"))
        if eos is None or tokenizer.token_to_id(eos) is None:
            raise InputError(f"{folder}/tokenizer_config.json: found no eos_token, expected one")
        bos = token_text(config.get("bos_token")) or eos
        return cls(tokenizer, tokenizer.token_to_id(bos), tokenizer.token_to_id(eos), eos)


def token_text(token: str | dict[str, Any] | None) -> str | None:
    """Return a special token's text, whether it is written as text or as a mapping."""
    return token["content"] if isinstance(token, dict) else token


def encode_texts(records: Iterator[tuple[str, str]], vocabulary: Vocabulary) -> Iterator[Example]:
    """Yield documents (source, text) as bos + text + eos; every token but bos carries loss."""
    for block in blocks(records):
        texts = [text for _, text in block]
        encoded = vocabulary.tokenizer.encode_batch(texts, add_special_tokens=False)
        for (source, _), encoding in zip(block, encoded, strict=True):
            yield Example(source, [vocabulary.bos, *encoding.ids, vocabulary.eos], 1)


def encode_responses(
    records: Iterator[tuple[str, dict[str, str]]], vocabulary: Vocabulary, format: PromptFormat
) -> Iterator[Example]:
    """Yield instruction records as prompt + response + end; loss on response and end only.

    Prompt and response are tokenized apart, as they are when the model is asked.
    """
    tokenizer = vocabulary.tokenizer
    end = tokenizer.encode(
        format.end.replace("{eos}", vocabulary.eos_text), add_special_tokens=False
    ).ids
    for block in blocks(records):
        prompts = tokenizer.encode_batch([format.render(record) for _, record in block])
        responses = tokenizer.encode_batch(
            [record["output"] for _, record in block], add_special_tokens=False
        )
        for (source, _), prompt, response in zip(block, prompts, responses, strict=True):
            yield Example(source, [*prompt.ids, *response.ids, *end], len(prompt.ids))


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


def as_text(part: dict[str, Any]) -> Callable[[dict[str, str], int], str]:
    """Return how a part's records become documents (of a pair: both sides, order alternating)."""
    if part["kind"] == "text":
        return lambda record, _: record["text"]
    if part["kind"] == "instruction":
        return lambda record, _: "\n".join(
            filter(None, [record["instruction"], record["input"], record["output"]])
        )
    if part["side"]:
        column = ["source", "target"][part["languages"].index(part["side"])]
        return lambda record, _: record[column]
    return lambda record, index: "\n".join(
        [record["source"], record["target"]][:: -1 if index % 2 else 1]
    )


def as_instruction(part: dict[str, Any]) -> Callable[[dict[str, str], int], dict[str, str]]:
    """Return how a part's records become instruction records."""
    if part["kind"] == "instruction":
        return lambda record, _: record
    if part["kind"] == "parallel" and not part["side"]:
        source, target = part["names"]
        return lambda record, _: translation_record(
            record["source"], record["target"], source, target
        )
    raise InputError(
        f"{part['dataset']}: found plain text, expected pairs or instructions "
        "(the recipe's objective is 'response')"
    )
