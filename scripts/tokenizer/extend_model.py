"""Extend a model's embeddings to an extended tokenizer.

In: the base model's folder and a folder of `extend_tokenizer`. Out: a model folder (safetensors of
the base's number type, the extended tokenizer, ``stage.json``). `--embeddings` says how the new
rows are initialised, in the input and in the output matrix each for itself (docs/embeddings.md):

    subtokens            the mean of the rows of the tokens by which the base spells the new one
    subtokens_weighted   the same, each weighted by its number of bytes
    mean                 the mean of all old rows
    mean_noise           drawn from the old rows' mean and covariance, by `--seed`
    focus                similar tokens' rows, by the vectors of `train_auxiliary` (`--auxiliary`)

Tied matrices stay tied. Rows are padded to a multiple of 64; padding rows are the mean of all old
rows. Where tokens of the base were dropped, their rows are left out, and ids in the config are
those of the tokenizer now. No model is loaded: files without such a matrix are linked, the others
copied with a longer one, so memory is needed for one matrix, old and new.

    python -m scripts.tokenizer.extend_model --base results/models/base \\
        --tokenizer results/tokenizers/billa-extended --embeddings subtokens \\
        --output results/models/billa-extended
"""

import argparse
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import AutoConfig

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, read_json, sha256, write_json
from scripts.common.provenance import Stopwatch, fingerprint, weights_digest, write_meta
from scripts.study.embedding_methods import METHODS
from scripts.tokenizer.auxiliary import mix_auxiliary
from scripts.tokenizer.embedding_matrices import extend_weights
from scripts.tokenizer.embedding_rows import Layout, Rows, draw_rows, mean_rows, mix_parts, mix_rows
from scripts.tokenizer.extension_file import BYTE_LEVEL, VocabularyExtension, read_extension
from scripts.tokenizer.renumber import renumber_config

CARRIED = ("generation_config.json", "preprocessor_config.json", "processor_config.json")


@dataclass(frozen=True)
class Initialisation:
    """How new rows are initialised: the method's name, and the seed or vectors that it needs."""

    method: str
    seed: int | None = None
    auxiliary: Path | None = None

    def check(self) -> None:
        """Raise `InputError` where the method is unknown or lacks what it needs."""
        if self.method not in METHODS:
            known = ", ".join(METHODS)
            raise InputError(f"--embeddings: unknown method {self.method!r}; expected {known}")
        needed = {"mean_noise": "seed", "focus": "auxiliary"}.get(self.method)
        if needed and getattr(self, needed) is None:
            raise InputError(f"--embeddings {self.method}: expected --{needed}")


def token_lengths(tokenizer: Tokenizer, kind: str, base_size: int) -> list[int]:
    """Return the number of bytes of each old token.

    Byte-level BPE writes every byte as one character; SentencePiece a space as ``▁``, and a byte
    that has no piece as ``<0xE6>``.
    """
    names = [tokenizer.id_to_token(number) or "" for number in range(base_size)]
    if kind == BYTE_LEVEL:
        return [len(name) for name in names]
    return [1 if is_byte(name) else len(name.replace("▁", " ").encode()) for name in names]


def is_byte(name: str) -> bool:
    """Tell whether a SentencePiece token is the one of a byte."""
    return len(name) == 6 and name.startswith("<0x") and name.endswith(">")


def choose_rows(
    how: Initialisation, base: Path, tokenizer: Path, extension: VocabularyExtension
) -> Callable[[torch.Tensor], Rows]:
    """Return the function from a matrix's old rows to the new ones that the method asks for."""
    parts = [list(token.parts) for token in extension.tokens]
    if how.method == "mean":
        return partial(mean_rows, count=len(parts))
    if how.method == "mean_noise":
        assert how.seed is not None
        return partial(draw_rows, count=len(parts), seed=how.seed)
    if how.method == "subtokens_weighted":
        loaded = Tokenizer.from_file(str(base / "tokenizer.json"))
        lengths = token_lengths(loaded, extension.kind, extension.base_size)
        return partial(mix_rows, mixtures=mix_parts(parts, lengths))
    mixtures = mix_parts(parts)
    if how.method == "focus":
        assert how.auxiliary is not None
        mixtures = mix_auxiliary(how.auxiliary, tokenizer, extension, mixtures)
    return partial(mix_rows, mixtures=mixtures)


def lay_out_rows(extension: VocabularyExtension) -> Layout | None:
    """Return where rows go, None where no token of the base was dropped."""
    if not extension.removed:
        return None
    kept = extension.old_numbers()
    new = [token.id for token in extension.tokens]
    return Layout(list(kept), list(kept.values()), new, extension.size)


def write_config(
    base: Path, output: Path, rows: int, numbers: Mapping[int, int] | None = None
) -> None:
    """Copy the config with another number of rows, in a config of its text model too.

    `numbers` are the ids of the base's tokens now, if they have others.
    """
    config = read_json(base / "config.json")
    config = renumber_config(config, numbers) if numbers else config
    for part in (config, config.get("text_config")):
        if isinstance(part, dict) and "vocab_size" in part:
            part["vocab_size"] = rows
    write_json(output / "config.json", config)
    written = AutoConfig.from_pretrained(output, local_files_only=True, trust_remote_code=False)
    found = written.get_text_config().vocab_size
    assert found == rows, f"the config says {found} rows, there are {rows}"


def describe_stage(
    name: str,
    base: Path,
    tokenizer: Path,
    extension: VocabularyExtension,
    how: Initialisation,
    rows: int,
) -> dict[str, Any]:
    """Return ``stage.json`` of the model called `name`, without the weights."""
    stage = {
        "model": name,
        "parent": base.name,
        "extend": extension.languages,
        "embeddings": how.method,
        "vocabulary": extension.size,
        "rows": rows,
        # A changed base, or other pieces of the same number, must show in every descendant.
        "parent_fingerprint": fingerprint(read_json(base / "stage.json")),
        "tokenizer_sha256": sha256(tokenizer / "tokenizer.json"),
    }
    return stage | ({"seed": how.seed} if how.method == "mean_noise" else {})


def check_base(base: Path, extended: Path, extension: VocabularyExtension) -> None:
    """Raise `InputError` unless `base` is a model whose own tokenizer was extended."""
    for name in ("stage.json", "config.json", "tokenizer.json"):
        if not (base / name).is_file():
            raise InputError(f"{base}: found no {name}, expected a model of import_model, or later")
    old = Tokenizer.from_file(str(base / "tokenizer.json")).get_vocab()
    new = Tokenizer.from_file(str(extended / "tokenizer.json")).get_vocab()
    numbers, added = extension.old_numbers(), {token.id for token in extension.tokens}
    kept = {name: numbers.get(number) for name, number in old.items()}
    expected = {name: number for name, number in kept.items() if number is not None}
    if {name: number for name, number in new.items() if number not in added} != expected:
        raise InputError(f"{base}: not the model whose tokenizer {extended} extends")


def extend_model(
    base: Path, tokenizer: Path, extension: VocabularyExtension, how: Initialisation, output: Path
) -> int:
    """Write the folder of the extended model; return how many rows its matrices have."""
    make_rows = choose_rows(how, base, tokenizer, extension)
    layout = lay_out_rows(extension)
    with atomic_path(output) as folder:
        folder.mkdir()
        rows = extend_weights(base, folder, extension.base_size, extension.size, make_rows, layout)
        numbers = extension.old_numbers() if extension.removed else None
        for name in CARRIED:
            if (base / name).is_file():
                shutil.copyfile(base / name, folder / name)
                if numbers:
                    write_json(folder / name, renumber_config(read_json(base / name), numbers))
        write_config(base, folder, rows, numbers)
        shutil.copytree(tokenizer, folder, dirs_exist_ok=True)
        stage = describe_stage(output.name, base, tokenizer, extension, how, rows)
        write_json(folder / "stage.json", stage | {"weights": weights_digest(folder)})
    return rows


def main(arguments: argparse.Namespace) -> None:
    """Check what is given, extend the model, and say where it came from."""
    watch = Stopwatch()
    base, tokenizer, output = arguments.base, arguments.tokenizer, arguments.output
    how = Initialisation(arguments.embeddings, arguments.seed, arguments.auxiliary)
    if output.resolve() in (base.resolve(), tokenizer.resolve()):
        raise InputError(f"--output {output}: is read too; expected another folder")
    how.check()
    extension = read_extension(tokenizer)
    check_base(base, tokenizer, extension)
    rows = extend_model(base, tokenizer, extension, how, output)
    log.info(
        "%s: %d rows for %d tokens, %d of them new, by %s",
        *(output, rows, extension.size, len(extension.tokens), how.method),
    )
    inputs = [base, tokenizer]
    inputs += [how.auxiliary] if how.method == "focus" and how.auxiliary else []
    write_meta(output, vars(arguments), inputs, watch.seconds)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = make_parser("tokenizer.extend_model", __doc__)
    command.add_argument("--base", type=Path, required=True, help="folder of the base model")
    command.add_argument(
        "--tokenizer", type=Path, required=True, help="folder of the extended tokenizer"
    )
    command.add_argument(
        "--embeddings", default="subtokens", help=f"{', '.join(METHODS)} (subtokens)"
    )
    command.add_argument("--seed", type=int, help="of mean_noise")
    command.add_argument("--auxiliary", type=Path, help="vectors of train_auxiliary, for focus")
    command.add_argument("--output", type=Path, required=True, help="folder to write")
    return command


if __name__ == "__main__":
    run(main, parser())
