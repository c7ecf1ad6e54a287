"""Tabulate what tokenizers cost in each language, and whether they agree with the base.

In: tokenizer or model folders (the first is the base), corpora of some languages, and parallel
sentences. Out: a table as ``.csv`` (every column, full precision), ``.md`` and ``.tex`` (two
narrow tables of it), one row for each tokenizer and language. Its columns:

* vocabulary, new_tokens (more than the base has), lines read;
* tokens_per_character, tokens_per_byte, bytes_per_token;
* tokens_per_word, and word_ratio, that as a share of the base's. What a word is, is said for
  each language: ``whitespace``, what is between spaces; ``none`` (Chinese), one letter of a
  script without cases, for which only the tokens that hold at least a byte of one are counted;
* single_bytes: the share of all tokens that are one raw byte of a character of several bytes:
  SentencePiece's ``<0x80>`` to ``<0xFF>``, and byte-level tokens of one such byte;
* cost_ratio: tokens per million characters as a share of the base's. That is the ratio of
  the costs at an interface that charges the same for a token of either vocabulary;
* compute_ratio: forward FLOPs per character as a share of the base's: tokens per character times
  the weights that a token is multiplied by. It counts the output matrix, which grows with the
  vocabulary, and not attention's products of tokens with tokens, which depend on the length of a
  text. It needs the ``config.json`` of a model's folder;
* parity: the tokens of the language's side of parallel sentences to those of the English side;
  longest: the most tokens that one sentence of the language's side costs; sentences: how many
  there are; parallel: which they are. English has parity 1 with itself;
* language_tokens: the new tokens that the folder's ``extension.json`` has for the language;
  unused: how many of them the language's own text here never uses; unused_anywhere: how many none
  of the texts of any language uses;
* unchanged: whether every line gets exactly the tokens that the base gives it; changed_lines: how
  many do not.

    python -m scripts.tables.tabulate_tokenizers \\
        --tokenizers base=results/models/base grafted=results/models/grafted \\
        --text en results/clean/text_en.parquet --text zh results/clean/sanguo_zh.parquet \\
        --words en=whitespace zh=none \\
        --parallel zh flores_en-zh results/corpora/flores_en-zh.parquet:target \\
            results/corpora/flores_en-zh.parquet:source --output-stem results/tables/tokenizer
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pandas

from scripts.common.command import make_parser, run
from scripts.common.errors import InputError, nearest
from scripts.tables.token_counts import Count, count_each, count_texts, mark_letters
from scripts.tables.tokenizer_folder import Folder, load_folder
from scripts.tables.tokenizer_forms import COUNTS, HEADERS, write_table
from scripts.tokenizer.read_texts import add_text_option, parse_named, parse_texts, read_texts

WORDS = {"whitespace": "spaced", "none": "letter"}  # what is between words: what one is called
Row = dict[str, Any]


@dataclass(frozen=True)
class Parallel:
    """The same sentences in a language and in English, and what they are called."""

    name: str
    sentences: list[str]
    english: list[str]


def measure(folder: Folder, texts: list[str], count: Count, word: str) -> Row:
    """Return one tokenizer's figures on one language's text."""
    if word == "whitespace":
        tokens, words = count.tokens, sum(len(text.split()) for text in texts)
    else:
        tokens = count.letter_tokens
        words = sum(int(mark_letters(text).sum()) for text in texts)
    size = sum(len(text.encode()) for text in texts)
    return {
        "vocabulary": folder.tokenizer.get_vocab_size(),
        "lines": len(texts),
        "tokens_per_character": count.tokens / sum(map(len, texts)),
        "tokens_per_byte": count.tokens / size,
        "bytes_per_token": size / count.tokens,
        "word": WORDS[word],
        "tokens_per_word": tokens / words if words else None,
        "single_bytes": int(count.used[folder.is_raw].sum()) / count.tokens,
        "unchanged": "no" if count.changed else "yes",
        "changed_lines": count.changed,
    }


def compare(row: Row, base: Row, weights: int | None, base_weights: int | None) -> Row:
    """Return the columns that compare a tokenizer's figures with the base's."""
    per_word, base_word = row["tokens_per_word"], base["tokens_per_word"]
    cost = row["tokens_per_character"] / base["tokens_per_character"]
    return {
        "new_tokens": row["vocabulary"] - base["vocabulary"],
        "word_ratio": per_word / base_word if per_word else None,
        "cost_ratio": cost,
        "compute_ratio": cost * weights / base_weights if weights and base_weights else None,
    }


def measure_parallel(folder: Folder, parallel: Parallel | None) -> Row:
    """Return what the parallel sentences cost, nothing without them."""
    if parallel is None:
        return {}
    tokens = count_each(folder.tokenizer, parallel.sentences)
    return {
        "parity": int(tokens.sum()) / int(count_each(folder.tokenizer, parallel.english).sum()),
        "longest": int(tokens.max()),
        "sentences": len(tokens),
        "parallel": parallel.name,
    }


def count_unused(folder: Folder, language: str, counts: dict[str, Count], is_base: bool) -> Row:
    """Return how many of the language's new tokens never occur, given one tokenizer's counts."""
    if is_base:
        return dict.fromkeys(("language_tokens", "unused", "unused_anywhere"), 0)
    if folder.new is None:
        return {}
    ids = folder.new.get(language, numpy.array([], int))
    anywhere: numpy.ndarray = numpy.sum([count.used for count in counts.values()], axis=0)
    return {
        "language_tokens": len(ids),
        "unused": int((counts[language].used[ids] == 0).sum()) if len(ids) else 0,
        "unused_anywhere": int((anywhere[ids] == 0).sum()) if len(ids) else 0,
    }


def tabulate(
    folders: dict[str, Folder],
    texts: dict[str, list[str]],
    words: dict[str, str],
    parallels: dict[str, Parallel],
) -> pandas.DataFrame:
    """Return the table, language by language, the base (the first tokenizer) on top of each."""
    words = {language: words.get(language, "whitespace") for language in texts}
    counts = {
        language: count_texts(folders, lines, letters=words[language] == "none")
        for language, lines in texts.items()
    }
    first = next(iter(folders))
    rows = []
    for language, lines in texts.items():
        measured = {
            name: measure(folder, lines, counts[language][name], words[language])
            for name, folder in folders.items()
        }
        for name, folder in folders.items():
            row = {"tokenizer": name, "language": language} | measured[name]
            row |= compare(row, measured[first], folder.weights, folders[first].weights)
            row |= measure_parallel(folder, parallels.get(language))
            of_name = {code: count[name] for code, count in counts.items()}
            rows.append(row | count_unused(folder, language, of_name, name == first))
    table = pandas.DataFrame(rows, columns=list(HEADERS))
    return table.astype(dict.fromkeys(COUNTS, "Int64"))


def read_languages(files: dict[str, list[str]]) -> dict[str, list[str]]:
    """Read each language's texts; `InputError` if there are none."""
    texts = {language: read_texts(paths) for language, paths in files.items()}
    for language, lines in texts.items():
        if not any(lines):
            raise InputError(f"--text {language}: {', '.join(files[language])} hold no text")
    return texts


def read_parallel(language: str, name: str, side: str, english: str) -> Parallel:
    """Read parallel sentences; `InputError` if a side is empty, or one longer than the other."""
    parallel = Parallel(name, read_texts([side]), read_texts([english]))
    found = len(parallel.sentences), len(parallel.english)
    if found[0] != found[1]:
        raise InputError(
            f"--parallel {language}: {side} has {found[0]:,} sentences and {english} {found[1]:,}; "
            "expected as many"
        )
    if not (any(parallel.sentences) and any(parallel.english)):
        raise InputError(f"--parallel {language}: {side} and {english} hold no text")
    return parallel


def main(arguments: argparse.Namespace) -> None:
    """Measure every tokenizer on every language and write the table."""
    words = parse_named(arguments.words, "--words")
    files = parse_texts(arguments.text)
    for language, word in words.items():
        if language not in files:
            raise InputError(f"--words {language}={word}: no --text {language}")
        if word not in WORDS:
            raise InputError(f"--words {language}={word}: unknown{nearest(word, WORDS)}")
    for language, *_ in arguments.parallel:
        if language not in files:
            raise InputError(f"--parallel {language}: no --text {language}")
    named = parse_named(arguments.tokenizers, "--tokenizers")
    folders = {name: load_folder(folder) for name, folder in named.items()}
    parallels = {language: read_parallel(language, *rest) for language, *rest in arguments.parallel}
    table = tabulate(folders, read_languages(files), words, parallels)
    write_table(table, arguments.output_stem)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = make_parser("tables.tabulate_tokenizers", __doc__)
    command.add_argument(
        "--tokenizers",
        nargs="+",
        action="extend",
        required=True,
        metavar="NAME=FOLDER",
        help="tokenizers, the base first",
    )
    add_text_option(command)
    command.add_argument(
        "--words",
        nargs="+",
        action="extend",
        default=[],
        metavar="LANGUAGE=UNIT",
        help=f"what counts as a word: {', '.join(WORDS)} (default: whitespace)",
    )
    command.add_argument(
        "--parallel",
        nargs=4,
        action="append",
        default=[],
        metavar=("LANGUAGE", "NAME", "PARQUET[:COLUMN]", "ENGLISH[:COLUMN]"),
        help="the same sentences in a language and in English; once for each language",
    )
    command.add_argument(
        "--output-stem", type=Path, required=True, help="path of the table, without its suffix"
    )
    return command


if __name__ == "__main__":
    run(main, parser())
