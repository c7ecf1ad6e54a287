"""Tabulate what tokenizers cost in each language, and whether they agree with the base.

In: tokenizer folders (the first is the base) and corpora of some languages. Out: the same table
as ``.csv`` (full precision), ``.md`` and ``.tex``, one row for each tokenizer and language:

* vocabulary, new tokens (more than the base has), lines read;
* tokens per character, bytes per token, and `ratio`, the number of tokens as a share of the base's;
* tokens per word, and `word_ratio`, that as a share of the base's. What a word is, is said for
  each language: ``whitespace``, what stands between spaces; ``none`` (Chinese), one letter of a
  script without cases, for which only the tokens that hold at least a byte of one are counted;
* unchanged: whether every line gets the very ids that the base gives it.

Usage::

    python -m scripts.report.tabulate_tokenizers \
        --tokenizers base=results/models/base grafted=results/tokenizers/grafted \
        --text en results/clean/text_en.parquet --text zh results/clean/sanguo_zh.parquet \
        --words en=whitespace zh=none --output-stem results/tables/tokenizer
"""

import argparse
from pathlib import Path
from typing import Any

import pandas
import regex
from tokenizers import Encoding, Tokenizer

from scripts.common.command import run
from scripts.common.errors import InputError, nearest
from scripts.common.files import write_text
from scripts.tokenizer.read_texts import add_text_option, parse_named, parse_texts, read_texts

WORDS = {"whitespace": "spaced", "none": "letter"}  # what stands between words: what one is
LETTER = regex.compile(r"\p{Other_Letter}")
HEADERS = {
    "tokenizer": "tokenizer",
    "language": "language",
    "vocabulary": "vocabulary",
    "new_tokens": "new tokens",
    "lines": "lines",
    "tokens_per_character": "tokens / character",
    "bytes_per_token": "bytes / token",
    "ratio": "tokens : base",
    "word": "word",
    "tokens_per_word": "tokens / word",
    "word_ratio": "tokens / word : base",
    "unchanged": "as base",
}
DIGITS = {"tokens_per_word": 2, "bytes_per_token": 2}  # of shown floats; others have 3


def load_tokenizer(folder: str) -> Tokenizer:
    """Load a folder's ``tokenizer.json``."""
    path = Path(folder) / "tokenizer.json"
    if not path.is_file():
        raise InputError(f"{folder}: no tokenizer.json")
    return Tokenizer.from_file(str(path))


def count_letter_tokens(text: str, encoding: Encoding) -> int:
    """Return how many tokens hold at least a byte of a letter without case."""
    return sum(LETTER.search(text, start, end) is not None for start, end in encoding.offsets)


def count_tokens_per_word(texts: list[str], encodings: list[Encoding], word: str) -> float | None:
    """Return tokens per word, for one of `WORDS`; None if the texts have none."""
    if word == "whitespace":
        tokens = sum(len(encoding.ids) for encoding in encodings)
        words = sum(len(text.split()) for text in texts)
    else:
        tokens = sum(map(count_letter_tokens, texts, encodings))
        words = sum(len(LETTER.findall(text)) for text in texts)
    return tokens / words if words else None


def measure(tokenizer: Tokenizer, texts: list[str], word: str) -> tuple[dict[str, Any], list]:
    """Return one tokenizer's figures on one language, and the ids of each text."""
    encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
    tokens = sum(len(encoding.ids) for encoding in encodings)
    figures = {
        "vocabulary": tokenizer.get_vocab_size(),
        "lines": len(texts),
        "tokens_per_character": tokens / sum(map(len, texts)),
        "bytes_per_token": sum(len(text.encode()) for text in texts) / tokens,
        "word": WORDS[word],
        "tokens_per_word": count_tokens_per_word(texts, encodings, word),
    }
    return figures, [encoding.ids for encoding in encodings]


def compare(figures: dict[str, Any], base: dict[str, Any], same: bool) -> dict[str, Any]:
    """Return the columns that set a tokenizer's figures beside the base's."""
    per_word = figures["tokens_per_word"]
    return {
        "new_tokens": figures["vocabulary"] - base["vocabulary"],
        "ratio": figures["tokens_per_character"] / base["tokens_per_character"],
        "word_ratio": per_word / base["tokens_per_word"] if per_word else None,
        "unchanged": "yes" if same else "no",
    }


def tabulate(
    tokenizers: dict[str, Tokenizer], texts: dict[str, list[str]], words: dict[str, str]
) -> pandas.DataFrame:
    """Return the table, language by language, the base (the first tokenizer) on top of each."""
    rows = []
    for language, lines in texts.items():
        base = None
        for name, tokenizer in tokenizers.items():
            figures, ids = measure(tokenizer, lines, words.get(language, "whitespace"))
            base = base or (figures, ids)
            compared = compare(figures, base[0], ids == base[1])
            rows.append({"tokenizer": name, "language": language} | figures | compared)
    return pandas.DataFrame(rows, columns=list(HEADERS))


def show(table: pandas.DataFrame, dash: str) -> pandas.DataFrame:
    """Return the table as a reader sees it: headers in words, rounded, `dash` for nothing."""
    shown = table.astype(object)
    for column in table.select_dtypes("float"):
        digits = DIGITS.get(column, 3)
        shown[column] = [
            dash if pandas.isna(value) else f"{value:.{digits}f}" for value in table[column]
        ]
    return shown.rename(columns=HEADERS)


def write_table(table: pandas.DataFrame, stem: Path) -> None:
    """Write ``<stem>.csv``, ``.md`` and ``.tex`` (booktabs)."""
    write_text(stem.with_name(stem.name + ".csv"), table.to_csv(index=False))
    numeric = table.select_dtypes("number").columns
    sides = ["right" if column in numeric else "left" for column in table]
    page = show(table, "–").to_markdown(index=False, colalign=sides, disable_numparse=True)
    write_text(stem.with_name(stem.name + ".md"), page + "\n")
    columns = "".join(side[0] for side in sides)
    latex = show(table, "--").to_latex(index=False, escape=True, column_format=columns)
    write_text(stem.with_name(stem.name + ".tex"), latex)


def read_languages(files: dict[str, list[str]]) -> dict[str, list[str]]:
    """Read each language's texts; `InputError` if there are none."""
    texts = {language: read_texts(paths) for language, paths in files.items()}
    for language, lines in texts.items():
        if not any(lines):
            raise InputError(f"--text {language}: {', '.join(files[language])} hold no text")
    return texts


def main(arguments: argparse.Namespace) -> None:
    """Measure every tokenizer on every language and write the table."""
    words = parse_named(arguments.words, "--words")
    files = parse_texts(arguments.text)
    for language, word in words.items():
        if language not in files:
            raise InputError(f"--words {language}={word}: no --text {language}")
        if word not in WORDS:
            raise InputError(f"--words {language}={word}: unknown{nearest(word, WORDS)}")
    named = parse_named(arguments.tokenizers, "--tokenizers")
    tokenizers = {name: load_tokenizer(folder) for name, folder in named.items()}
    write_table(tabulate(tokenizers, read_languages(files), words), arguments.output_stem)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = argparse.ArgumentParser(
        prog="report.tabulate_tokenizers", description=__doc__.split("\n")[0]
    )
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
        "--output-stem", type=Path, required=True, help="path of the table, without its suffix"
    )
    return command


if __name__ == "__main__":
    run(main, parser())
