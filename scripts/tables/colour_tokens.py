"""Split twenty sentences into each tokenizer's tokens, for the report to colour.

In: tokenizer folders (the first is the base), texts of the added languages and English.
Out: JSON lines, a sentence each: language, text, and for every tokenizer its tokens in order:
`start` and `end` (characters; several tokens share one that they write byte by byte), `id`, `text`
(bytes that are no text as ``<0xE4>``) and `new`, true of those that the base does not have.

The sentences are those of readable length whose SHA-256, with the seed, are the smallest: the
same for every run, however they are split. A fifth are English, the rest spread evenly.

    python -m scripts.tables.colour_tokens \\
        --tokenizers base=results/models/base grafted=results/models/grafted \\
        --text en results/corpora/flores_en-zh.parquet:source \\
        --text zh results/corpora/flores_en-zh.parquet:target \\
        --seed 7 --output results/tokens.jsonl
"""

import argparse
from collections.abc import Set
from pathlib import Path
from typing import Any

from scripts.common.command import make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.common.sampling import draw
from scripts.data.sentences import split_sentences
from scripts.tables.tokenizer_folder import Folder, load_folder
from scripts.tokenizer.read_texts import add_text_option, parse_named, parse_texts, stream_texts

SENTENCES, ENGLISH = 20, 4
SHORTEST, LONGEST = (
    40,
    240,
)  # bytes of UTF-8: some 15 to 80 Chinese characters, two lines of English


def share_sentences(languages: list[str]) -> dict[str, int]:
    """Return how many sentences each language gets: twenty in all, four of them English."""
    english = min(ENGLISH, SENTENCES) if "en" in languages else 0
    others = [language for language in languages if language != "en"]
    if not others:
        return {"en": SENTENCES}
    each, left = divmod(SENTENCES - english, len(others))
    shares = {language: each + (place < left) for place, language in enumerate(others)}
    return {"en": english} | shares if english else shares


def sample_sentences(language: str, files: list[str], seed: int, count: int) -> list[str]:
    """Return some sentences of the files; `InputError` if none is of a readable length."""
    found: dict[str, None] = {}  # a dictionary keeps each sentence once, in order
    for text in stream_texts(files):
        for sentence in split_sentences(text):
            if SHORTEST <= len(sentence.encode()) <= LONGEST:
                found[sentence] = None
    if not found:
        raise InputError(
            f"--text {language}: {', '.join(files)} hold no sentence of {SHORTEST} to {LONGEST} "
            "bytes"
        )
    return draw(found, count, lambda sentence: f"{seed} {language} {sentence}")


def split_sentence(folder: Folder, text: str, known: Set[str | None]) -> list[dict[str, Any]]:
    """Return a sentence's tokens; SentencePiece's space that the text does not have is empty.

    `known` are the tokens that the base has: others are new.
    """
    encoding = folder.tokenizer.encode(text, add_special_tokens=False)
    tokens = []
    for token, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
        if folder.is_blank[token] and not text[start:end].isspace():
            end = start
        is_new = folder.names[token] not in known
        spelled = {"id": token, "text": folder.spell(token), "new": is_new}
        tokens.append({"start": start, "end": end} | spelled)
    return tokens


def main(arguments: argparse.Namespace) -> None:
    """Choose the sentences, split them into tokens, write them."""
    named = parse_named(arguments.tokenizers, "--tokenizers")
    folders = {name: load_folder(folder) for name, folder in named.items()}
    known = set(next(iter(folders.values())).names)
    files = parse_texts(arguments.text)
    records = []
    for language, count in share_sentences(list(files)).items():
        for text in sample_sentences(language, files[language], arguments.seed, count):
            tokens = {name: split_sentence(folder, text, known) for name, folder in folders.items()}
            records.append({"language": language, "text": text, "tokenizers": tokens})
    write_jsonl(arguments.output, records)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = make_parser("tables.colour_tokens", __doc__)
    command.add_argument(
        "--tokenizers",
        nargs="+",
        required=True,
        metavar="NAME=FOLDER",
        help="tokenizers, the base first",
    )
    add_text_option(command)
    command.add_argument("--seed", type=int, required=True, help="chooses the sentences")
    command.add_argument("--output", type=Path, required=True, help="JSON lines to write")
    return command


if __name__ == "__main__":
    run(main, parser())
