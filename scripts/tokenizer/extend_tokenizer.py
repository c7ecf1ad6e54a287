r"""Extend a byte-level BPE tokenizer by tokens for languages of other scripts.

In: a Hugging Face folder with the base's tokenizer; for each language the number of new tokens,
its graft class (which characters are the script's own) and corpora. Out: a tokenizer folder, in
which everything but the appended merges and tokens is the base's, and ``extension.json``: which
tokens are new and how the base writes each (for the embedding rows). Text without a character of
a graft class gets the same ids as before: proof in `scripts.tokenizer.graft_class`.

Usage::

    python -m scripts.tokenizer.extend_tokenizer --base results/models/base \
        --language zh=3000 --graft 'zh=[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]' \
        --text zh results/clean/sanguo_zh.parquet results/clean/wagtail_en-zh.parquet:target \
        --output results/tokenizers/grafted
"""

import argparse
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from scripts.common.command import log, run
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, write_json
from scripts.common.provenance import Stopwatch, write_meta
from scripts.tokenizer.byte_level import (
    Spec,
    append_merges,
    learn_tokens,
    read_spec,
    vocabulary_size,
    write_piece,
)
from scripts.tokenizer.graft_class import Graft, compile_graft
from scripts.tokenizer.read_texts import (
    add_text_option,
    parse_named,
    parse_texts,
    read_texts,
    split_column,
)

# What a tokenizer's folder has beside tokenizer.json. Not vocab.json and merges.txt: they would
# still be the base's, and tokenizer.json holds the same.
COMPANIONS = (
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "chat_template.json",
)


@dataclass(frozen=True)
class Scion:
    """A language to graft: how many tokens, for which characters, learned from which files."""

    language: str
    count: int
    graft: Graft
    files: list[str]


def extend(spec: Spec, scion: Scion) -> list[dict[str, Any]]:
    """Append one language's tokens to `spec`; return their entries in ``extension.json``.

    Raises `InputError` if the corpora hold too few pairs that occur twice.
    """
    label = f"{scion.language} tokens"
    merges = learn_tokens(spec, read_texts(scion.files), scion.graft, scion.count, label)
    new = [merge for merge in merges if merge.new]
    if len(new) < scion.count:
        raise InputError(
            f"language {scion.language!r}: {', '.join(scion.files)} hold only {len(new)} pieces "
            f"to learn; expected at least the {scion.count} asked for"
        )
    append_merges(spec, merges)
    return [
        {"id": merge.token, "language": scion.language, **show_piece(merge.piece)} for merge in new
    ]


def show_piece(piece: bytes) -> dict[str, str]:
    """Return the piece as ``text``, or as ``hex`` where it ends inside a character."""
    try:
        return {"text": piece.decode()}
    except UnicodeDecodeError:
        return {"hex": piece.hex()}


def piece_bytes(token: dict[str, Any]) -> bytes:
    """Return the bytes of an entry of ``extension.json``."""
    return token["text"].encode() if "text" in token else bytes.fromhex(token["hex"])


def add_parts(base: Tokenizer, tokens: list[dict[str, Any]]) -> None:
    """Add to each token's entry the ids by which the base writes it."""
    for token in tokens:
        token["parts"] = [part.id for part in base.model.tokenize(write_piece(piece_bytes(token)))]


def check_reachable(tokenizer: Tokenizer, tokens: list[dict[str, Any]]) -> None:
    """Assert that every new token, written out, is encoded as itself."""
    for token in tokens:
        ids = [part.id for part in tokenizer.model.tokenize(write_piece(piece_bytes(token)))]
        assert ids == [token["id"]], f"{token} is encoded as {ids}"


def write_folder(base: Path, spec: Spec, extension: dict[str, Any], output: Path) -> None:
    """Write the extended tokenizer with the base's other files, once every token is reachable."""
    with atomic_path(output) as folder:
        folder.mkdir()
        for name in COMPANIONS:
            if (base / name).is_file():
                shutil.copyfile(base / name, folder / name)
        write_json(folder / "tokenizer.json", spec)
        write_json(folder / "extension.json", extension)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        check_reachable(tokenizer, extension["tokens"])


def parse_scions(arguments: argparse.Namespace) -> list[Scion]:
    """Read the languages off the command line, in the order in which they were named."""
    grafts = parse_named(arguments.graft, "--graft")
    files = parse_texts(arguments.text)
    scions = []
    for language, count in parse_named(arguments.language, "--language").items():
        if not count.isdecimal() or int(count) == 0:
            raise InputError(f"--language {language}={count}: expected a number of new tokens")
        if language not in files:
            raise InputError(f"--language {language}: no --text {language} FILE to learn from")
        graft = compile_graft(language, grafts.get(language), arguments.longest)
        scions.append(Scion(language, int(count), graft, files[language]))
    return scions


def main(arguments: argparse.Namespace) -> None:
    """Extend the tokenizer language by language and write the folder."""
    watch = Stopwatch()
    scions = parse_scions(arguments)
    spec = read_spec(arguments.base)
    base_file = arguments.base / "tokenizer.json"
    base_size = vocabulary_size(spec)
    tokens = [token for scion in scions for token in extend(spec, scion)]
    add_parts(Tokenizer.from_file(str(base_file)), tokens)
    extension = {
        "kind": "byte-level BPE",
        "base": arguments.base.name,
        "base_size": base_size,
        "size": vocabulary_size(spec),
        "languages": {scion.language: scion.count for scion in scions},
        "tokens": tokens,
    }
    write_folder(arguments.base, spec, extension, arguments.output)
    log.info("%s: %d tokens, %d of them new", arguments.output, extension["size"], len(tokens))
    inputs = [base_file, *(split_column(file)[0] for scion in scions for file in scion.files)]
    write_meta(arguments.output, vars(arguments), inputs, watch.seconds)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = argparse.ArgumentParser(
        prog="tokenizer.extend_tokenizer", description=__doc__.split("\n")[0]
    )
    command.add_argument("--base", type=Path, required=True, help="folder of the base tokenizer")
    command.add_argument(
        "--language",
        nargs="+",
        action="extend",
        required=True,
        metavar="LANGUAGE=TOKENS",
        help="how many new tokens each language gets",
    )
    command.add_argument(
        "--graft",
        nargs="+",
        action="extend",
        default=[],
        metavar="LANGUAGE=CLASS",
        help="a regular expression for one character of the language's script",
    )
    add_text_option(command)
    command.add_argument(
        "--longest", type=int, default=16, help="most characters in a new token (default: 16)"
    )
    command.add_argument("--output", type=Path, required=True, help="folder to write")
    return command


if __name__ == "__main__":
    run(main, parser())
