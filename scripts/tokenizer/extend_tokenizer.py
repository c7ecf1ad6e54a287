r"""Extend a tokenizer, byte-level BPE or SentencePiece, by tokens for languages of other scripts.

In: a Hugging Face folder with the base's tokenizer; for each language the number of new tokens,
its class (`--graft`: a regular expression for one character of its script) and corpora. Out: a
tokenizer folder, in which everything but the appended merges and tokens is the base's, and
``extension.json``: which tokens are new and how the base writes each (for the embedding rows).
Text without a character of such a class gets the same ids as before: proof in
`scripts.tokenizer.script_class`.

A base with a ``tokenizer.model`` is SentencePiece's, and so is the result, beside its
``tokenizer.json``. Its pieces may come ready from a ``.model`` (`--language zh=all --model
zh=chinese_sp.model`), and under `--policy zh=all` not only those of the script.

With `--prune 5`, new tokens that occur fewer than five times in their language's text are dropped.

Usage::

    python -m scripts.tokenizer.extend_tokenizer --base results/models/base \
        --language zh=3000 --graft 'zh=[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]' \
        --text zh results/clean/sanguo_zh.parquet results/clean/wagtail_en-zh.parquet:target \
        --output results/tokenizers/grafted
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from scripts.common.command import log, positive, run
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, write_json
from scripts.common.provenance import Stopwatch, write_meta
from scripts.study.extension import COVERAGE
from scripts.tokenizer.additions import Addition, add_addition_options, parse_additions
from scripts.tokenizer.byte_level import (
    Spec,
    append_merges,
    learn_tokens,
    read_spec,
    vocabulary_size,
    write_piece,
)
from scripts.tokenizer.extend_pieces import check_pieces, extend_pieces, has_pieces
from scripts.tokenizer.piece_model import ModelProto, keep_pieces
from scripts.tokenizer.prune_tokens import prune
from scripts.tokenizer.read_texts import read_texts, split_column, stream_texts

# What a tokenizer's folder has beside tokenizer.json. Not vocab.json and merges.txt: they would
# still be the base's, and tokenizer.json holds the same.
COMPANIONS = (
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "chat_template.json",
)


def extend(spec: Spec, added: Addition, processes: int) -> list[dict[str, Any]]:
    """Append one language's tokens to `spec`; return their entries in ``extension.json``.

    Raises `InputError` if the corpora hold too few pairs that occur twice.
    """
    label = f"{added.language} tokens"
    merges = learn_tokens(
        spec, stream_texts(added.files), added.characters, added.wanted, label, processes
    )
    new = [merge for merge in merges if merge.new]
    if not merges and not any(map(added.characters.one.search, read_texts(added.files))):
        files = ", ".join(added.files)
        raise InputError(f"language {added.language!r}: {files} hold no text of its script")
    if len(new) < added.wanted:
        raise InputError(
            f"language {added.language!r}: {', '.join(added.files)} hold only {len(new)} pieces "
            f"to learn; expected at least the {added.count} asked for"
        )
    append_merges(spec, merges)
    return [
        {"id": merge.token, "language": added.language, **show_piece(merge.piece)} for merge in new
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


def write_folder(
    base: Path, spec: Spec, proto: ModelProto | None, extension: dict[str, Any], output: Path
) -> None:
    """Write the extended tokenizer with the base's other files, once it is found to be right.

    `proto` is its ``tokenizer.model``, of SentencePiece, or None.
    """
    with atomic_path(output) as folder:
        folder.mkdir()
        for name in COMPANIONS:
            if (base / name).is_file():
                shutil.copyfile(base / name, folder / name)
        write_json(folder / "tokenizer.json", spec)
        write_json(folder / "extension.json", extension)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        if proto is None:
            check_reachable(tokenizer, extension["tokens"])
        else:
            (folder / "tokenizer.model").write_bytes(proto.SerializeToString())
            check_pieces(folder / "tokenizer.model", tokenizer)


def pieces_only(added: Addition) -> str:
    """Return the option of a language that only a SentencePiece base takes, '' without one."""
    if added.model:
        return f"--model {added.model}"
    if added.policy == "all":
        return "--policy all"
    return f"--coverage {added.coverage}" if added.coverage != COVERAGE else ""


def extend_bytes(
    base: Path, additions: list[Addition], processes: int
) -> tuple[dict[str, Any], Spec]:
    """Return ``extension.json`` and ``tokenizer.json`` of a byte-level base with more tokens."""
    for added in additions:
        if found := pieces_only(added):
            raise InputError(
                f"language {added.language!r}: {found} is for a SentencePiece base; "
                f"{base} has byte-level BPE, which learns its tokens from text"
            )
    spec = read_spec(base)
    base_size = vocabulary_size(spec)
    tokens = [token for added in additions for token in extend(spec, added, processes)]
    add_parts(Tokenizer.from_file(str(base / "tokenizer.json")), tokens)
    extension = {
        "kind": "byte-level BPE",
        "base": base.name,
        "base_size": base_size,
        "size": vocabulary_size(spec),
        "languages": {added.language: added.count for added in additions},
        "tokens": tokens,
    }
    return extension, spec


def main(arguments: argparse.Namespace) -> None:
    """Extend the tokenizer language by language and write the folder."""
    watch = Stopwatch()
    additions, base = parse_additions(arguments), arguments.base
    proto: ModelProto | None = None
    if has_pieces(base):
        extension, spec, proto = extend_pieces(base, additions)
    else:
        extension, spec = extend_bytes(base, additions, arguments.processes)
    if arguments.prune:
        extension, spec = prune(extension, spec, additions, arguments.prune)
        proto = proto and keep_pieces(proto, spec["model"]["vocab"])
    write_folder(base, spec, proto, extension, arguments.output)
    size, new = extension["size"], len(extension["tokens"])
    log.info("%s: %d tokens, %d of them new", arguments.output, size, new)
    inputs = [base / "tokenizer.json"]
    inputs += [split_column(file)[0] for added in additions for file in added.files]
    inputs += [added.model for added in additions if added.model]
    write_meta(arguments.output, vars(arguments), inputs, watch.seconds)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = argparse.ArgumentParser(
        prog="tokenizer.extend_tokenizer", description=__doc__.split("\n")[0]
    )
    command.add_argument("--base", type=Path, required=True, help="folder of the base tokenizer")
    add_addition_options(command)
    command.add_argument(
        "--processes", type=positive, default=1, help="processes that count words (1)"
    )
    command.add_argument("--output", type=Path, required=True, help="folder to write")
    return command


if __name__ == "__main__":
    run(main, parser())
