r"""Extend a tokenizer, byte-level BPE or SentencePiece, by tokens for other languages.

In: a Hugging Face folder with the base's tokenizer; for each language the number of new tokens,
its character class (`--graft`, named as the key of registry/languages.yaml: a regular expression
for one character of its script) and corpora. Out: a tokenizer folder, in which everything but the
appended merges and tokens is the base's, and ``extension.json``: which tokens are new and how the
base spells each (for the embedding rows). Text without a character of such a class gets the same
ids as before: proof in `scripts.tokenizer.script_class`.

A base with a ``tokenizer.model`` is SentencePiece's, and so is the result, beside its
``tokenizer.json``. Where this alone is there and its BPE is of characters, as Gemma's, it is
extended in the same way. Pieces may come ready from a ``.model`` (`--language zh=all --model
zh=chinese_sp.model`), and under `--policy zh=all` not only those of the script.

A language that shares its script with English has no such class. Under `--policy tr=unchanged` its
tokens are those that change no text of `--reference`, under `--policy tr=all` any; what changes is
counted in ``extension.json`` (`scripts.tokenizer.reference`).

With `--prune 5`, new tokens that occur fewer than five times in their language's text are dropped;
with `--shrink 5000` as many tokens of the base which no text of `--used` holds, and with
`--replace` their ids are given to new ones (`scripts.tokenizer.shrink_vocabulary`).

    python -m scripts.tokenizer.extend_tokenizer --base results/models/base \\
        --language zh=3000 --graft 'zh=[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]' \\
        --text zh results/clean/sanguo_zh.parquet results/clean/wagtail_en-zh.parquet:target \\
        --output results/tokenizers/billa-extended
"""

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow
from tokenizers import Tokenizer

from scripts.common.command import log, make_parser, positive, run
from scripts.common.files import atomic_path, read_json, write_json
from scripts.common.provenance import Stopwatch, write_meta
from scripts.tokenizer.additions import (
    OPTIONS,
    Addition,
    add_addition_options,
    check_countable,
    check_reference,
    parse_additions,
)
from scripts.tokenizer.extend_bytes import check_reachable, extend_bytes
from scripts.tokenizer.extend_characters import extend_characters
from scripts.tokenizer.extend_pieces import check_pieces, extend_pieces
from scripts.tokenizer.extension_file import (
    BYTE_LEVEL,
    CHARACTERS,
    EXTENSION,
    SENTENCEPIECE,
    VocabularyExtension,
)
from scripts.tokenizer.piece_model import ModelProto, keep_pieces, order_pieces
from scripts.tokenizer.prune_tokens import prune_tokens
from scripts.tokenizer.read_texts import split_column, stream_texts
from scripts.tokenizer.reference import compare_texts, find_partial, report_changes
from scripts.tokenizer.renumber import renumber_config
from scripts.tokenizer.shrink_vocabulary import (
    Drop,
    add_drop_options,
    read_drop,
    shrink_vocabulary,
)
from scripts.tokenizer.tokenizer_json import Spec, load
from scripts.tokenizer.tokenizer_kind import find_kind

# What a tokenizer's folder has beside tokenizer.json. Not vocab.json and merges.txt: they would
# still be the base's, and tokenizer.json holds the same.
CONFIG = "tokenizer_config.json"
COMPANIONS = (
    CONFIG,
    "special_tokens_map.json",
    "chat_template.jinja",
    "chat_template.json",
)


def write_folder(
    base: Path, spec: Spec, proto: ModelProto | None, extension: VocabularyExtension, output: Path
) -> None:
    """Write the extended tokenizer with the base's other files, once it has been checked.

    `proto` is its ``tokenizer.model``, of SentencePiece, or None.
    """
    with atomic_path(output) as folder:
        folder.mkdir()
        for name in COMPANIONS:
            if (base / name).is_file():
                shutil.copyfile(base / name, folder / name)
        if extension.removed and (base / CONFIG).is_file():
            numbers = extension.old_numbers()
            write_json(folder / CONFIG, renumber_config(read_json(base / CONFIG), numbers))
        write_json(folder / "tokenizer.json", spec)
        write_json(folder / EXTENSION, extension.write())
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        if proto is None:
            check_reachable(tokenizer, extension.tokens)
        else:
            (folder / "tokenizer.model").write_bytes(proto.SerializeToString())
            check_pieces(folder / "tokenizer.model", tokenizer)


def extend_vocabulary(
    base: Path,
    additions: list[Addition],
    reference: list[str],
    prune: int | None,
    drop: Drop | None,
    processes: int,
    output: Path,
) -> VocabularyExtension:
    """Extend a tokenizer language by language and write its folder; return what is new in it.

    Of the texts of the files `reference` it is counted what changes: nothing may, unless a language
    has the policy `all`.
    """
    proto: ModelProto | None = None
    kind = find_kind(base)
    if kind == SENTENCEPIECE:
        extension, spec, proto = extend_pieces(base, additions, reference)
    elif kind == CHARACTERS:
        extension, spec = extend_characters(base, additions, reference)
    else:
        extension, spec = extend_bytes(base, additions, reference, processes)
    if prune:
        extension, spec = prune_tokens(extension, spec, additions, prune)
        proto = proto and keep_pieces(proto, spec["model"]["vocab"])
    if drop:
        extension, spec = shrink_vocabulary(extension, spec, drop)
        proto = proto and order_pieces(proto, spec["model"]["vocab"])
    if reference:
        old = Tokenizer.from_file(str(base / "tokenizer.json"))
        scripts = [added.characters for added in additions if added.policy == "script"]
        numbers = extension.old_numbers() if extension.removed else None
        partial = find_partial(old, in_bytes=kind == BYTE_LEVEL)
        changes = compare_texts(old, load(spec), stream_texts(reference), partial, scripts, numbers)
        report_changes(changes, all(added.policy != "all" for added in additions))
        extension = replace(extension, reference=changes)
    write_folder(base, spec, proto, extension, output)
    return extension


def main(arguments: argparse.Namespace) -> None:
    """Read the languages off the command line, extend, and say where the result came from."""
    watch = Stopwatch()
    # Arrow's own pools keep what is freed: 230 MiB more at the peak of 100 MB of text.
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())
    base, output = arguments.base, arguments.output
    additions = parse_additions(
        arguments.language,
        arguments.text,
        {option: getattr(arguments, option) for option in OPTIONS},
        arguments.longest,
    )
    reference = arguments.reference
    check_reference(additions, reference)
    if arguments.prune:
        check_countable(additions, arguments.prune)
    drop = read_drop(arguments.shrink, arguments.replace, arguments.used)
    found = extend_vocabulary(
        base, additions, reference, arguments.prune, drop, arguments.processes, output
    )
    log.info("%s: %d tokens, %d of them new", output, found.size, len(found.tokens))
    inputs = [base / "tokenizer.json"]
    inputs += [split_column(file)[0] for added in additions for file in added.files]
    inputs += [split_column(file)[0] for file in [*reference, *arguments.used]]
    inputs += [added.model for added in additions if added.model]
    write_meta(output, vars(arguments), inputs, watch.seconds)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = make_parser("tokenizer.extend_tokenizer", __doc__)
    command.add_argument("--base", type=Path, required=True, help="folder of the base tokenizer")
    add_addition_options(command)
    add_drop_options(command)
    command.add_argument(
        "--processes",
        type=positive,
        default=1,
        help="processes that count words of patterns other than GPT-2's (1)",
    )
    command.add_argument("--output", type=Path, required=True, help="folder to write")
    return command


if __name__ == "__main__":
    run(main, parser())
