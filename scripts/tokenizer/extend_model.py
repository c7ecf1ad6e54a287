"""Grow a model's embeddings to an extended tokenizer.

In: the base model's folder and a folder of `extend_tokenizer`. Out: a model folder (safetensors of
the base's number type, the extended tokenizer, ``stage.json``). `--embeddings` says how the new
rows start, in the input and in the output matrix each for itself (docs/embeddings.md):

    subtokens            the mean of the rows of the tokens by which the base writes the new one
    subtokens_weighted   the same, each weighted by its number of bytes
    mean                 the mean of all old rows
    mean_noise           drawn from the old rows' mean and covariance, by `--seed`
    focus                similar tokens' rows, by the vectors of `train_auxiliary` (`--auxiliary`)

Tied matrices stay tied. Rows are padded to a multiple of 64; padding rows are the mean of all old
rows. No model is loaded: files without such a matrix are linked, the others copied with a longer
one, so memory is needed for one matrix, old and new.

Usage::

    python -m scripts.tokenizer.extend_model --base results/models/base \
        --tokenizer results/tokenizers/grafted --embeddings subtokens \
        --output results/models/grafted
"""

import argparse
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import AutoConfig

from scripts.common.command import log, run
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, read_json, sha256, write_json
from scripts.common.progress import track
from scripts.common.provenance import Stopwatch, fingerprint, weights_digest, write_meta
from scripts.study.embedding_init import METHODS
from scripts.tokenizer.auxiliary import mix_auxiliary
from scripts.tokenizer.embedding_rows import (
    Rows,
    draw_rows,
    grow_matrix,
    mean_rows,
    mix_parts,
    mix_rows,
)
from scripts.tokenizer.vocabulary_tensors import count_rows, find_matrices
from scripts.tokenizer.weight_files import (
    find_tensors,
    link_file,
    read_tensor,
    rewrite_file,
    write_index,
)

MULTIPLE = 64  # rows that tensor cores multiply without a remainder
CARRIED = ("generation_config.json", "preprocessor_config.json", "processor_config.json")


def pad_rows(size: int) -> int:
    """Return `size` rounded up to a multiple of 64."""
    return -(-size // MULTIPLE) * MULTIPLE


def read_extension(folder: Path) -> dict[str, Any]:
    """Read ``extension.json``; `InputError` if the folder is not of `extend_tokenizer`."""
    path = folder / "extension.json"
    if not path.is_file():
        raise InputError(f"{folder}: no extension.json; expected a folder of extend_tokenizer")
    try:
        extension = read_json(path)
        ids = sorted(token["id"] for token in extension["tokens"] if token["parts"])
        whole = ids == list(range(extension["base_size"], extension["size"]))
    except (KeyError, TypeError, ValueError):
        whole = False
    if not whole or {"kind", "languages"} - extension.keys():
        raise InputError(f"{path}: not as extend_tokenizer writes it; delete it and run again")
    return extension


def read_parts(extension: dict[str, Any]) -> list[list[int]]:
    """Return each new token's old ids, in the order of the new ids."""
    return [token["parts"] for token in sorted(extension["tokens"], key=lambda token: token["id"])]


def token_lengths(tokenizer: Tokenizer, extension: dict[str, Any]) -> list[int]:
    """Return the number of bytes of each old token.

    Byte-level BPE writes every byte as one character; SentencePiece a space as ``▁``, and a byte
    that has no piece as ``<0xE6>``.
    """
    names = [tokenizer.id_to_token(number) or "" for number in range(extension["base_size"])]
    if extension["kind"] == "byte-level BPE":
        return [len(name) for name in names]
    return [1 if is_byte(name) else len(name.replace("▁", " ").encode()) for name in names]


def is_byte(name: str) -> bool:
    """Tell whether a SentencePiece token stands for a byte."""
    return len(name) == 6 and name.startswith("<0x") and name.endswith(">")


def choose_rows(
    arguments: argparse.Namespace, extension: dict[str, Any]
) -> Callable[[torch.Tensor], Rows]:
    """Return the function from a matrix's old rows to the new ones that the method asks for."""
    parts = read_parts(extension)
    method = arguments.embeddings
    if method == "mean":
        return partial(mean_rows, count=len(parts))
    if method == "mean_noise":
        return partial(draw_rows, count=len(parts), seed=arguments.seed)
    if method == "subtokens_weighted":
        tokenizer = Tokenizer.from_file(str(arguments.tokenizer / "tokenizer.json"))
        return partial(mix_rows, mixtures=mix_parts(parts, token_lengths(tokenizer, extension)))
    mixtures = mix_parts(parts)
    if method == "focus":
        mixtures = mix_auxiliary(arguments.auxiliary, arguments.tokenizer, extension, mixtures)
    return partial(mix_rows, mixtures=mixtures)


def grow_weights(
    base: Path,
    output: Path,
    extension: dict[str, Any],
    make: Callable[[torch.Tensor], Rows],
) -> int:
    """Write the base's weights to `output` with a row for every new token; return how many rows.

    Matrices that have more rows than the tokenizer has tokens keep at least as many. Raises
    `InputError` if they have fewer.
    """
    places = find_tensors(base)
    names = find_matrices(base, places)
    old_rows, base_size = count_rows(base, places, names), extension["base_size"]
    if old_rows < base_size:
        raise InputError(
            f"the model has {old_rows} embedding rows; expected at least the {base_size} tokens "
            "of the tokenizer that was extended"
        )
    rows = max(old_rows, pad_rows(extension["size"]))
    added = {"total_size": 0, "total_parameters": 0}
    files = list(dict.fromkeys(places.values()))
    for file in track(files, len(files), "growing", "file"):
        held = [name for name in names if places[name] == file]
        if not held:
            link_file(base / file, output / file)
            continue
        replaced = {}
        for name in held:
            matrix = read_tensor(base / file, name)
            replaced[name] = grow_matrix(matrix, base_size, rows, make)
            added["total_size"] += replaced[name].nbytes - matrix.nbytes
            added["total_parameters"] += replaced[name].numel() - matrix.numel()
        rewrite_file(base / file, output / file, replaced)
    write_index(base, output, added)
    return rows


def write_config(base: Path, output: Path, rows: int) -> None:
    """Copy the config with another number of rows, in a config of its text model too."""
    config = read_json(base / "config.json")
    for part in (config, config.get("text_config")):
        if isinstance(part, dict) and "vocab_size" in part:
            part["vocab_size"] = rows
    write_json(output / "config.json", config)
    found = AutoConfig.from_pretrained(output).get_text_config().vocab_size
    assert found == rows, f"the config says {found} rows, there are {rows}"


def describe_stage(
    arguments: argparse.Namespace, extension: dict[str, Any], rows: int
) -> dict[str, Any]:
    """Return ``stage.json`` without the weights."""
    stage = {
        "model": arguments.output.name,
        "parent": arguments.base.name,
        "extend": extension["languages"],
        "embeddings": arguments.embeddings,
        "vocabulary": extension["size"],
        "rows": rows,
        # A changed base, or other pieces of the same number, must show in every descendant.
        "parent_fingerprint": fingerprint(read_json(arguments.base / "stage.json")),
        "tokenizer_sha256": sha256(arguments.tokenizer / "tokenizer.json"),
    }
    return stage | ({"seed": arguments.seed} if arguments.embeddings == "mean_noise" else {})


def check_arguments(arguments: argparse.Namespace) -> None:
    """Raise `InputError` where a method lacks what it needs, or is unknown."""
    if arguments.output.resolve() in (arguments.base.resolve(), arguments.tokenizer.resolve()):
        raise InputError(f"--output {arguments.output}: is read too; expected another folder")
    method = arguments.embeddings
    if method not in METHODS:
        raise InputError(f"--embeddings: unknown method {method!r}; expected {', '.join(METHODS)}")
    needed = {"mean_noise": "seed", "focus": "auxiliary"}.get(method)
    if needed and getattr(arguments, needed) is None:
        raise InputError(f"--embeddings {method}: expected --{needed}")


def check_base(base: Path, extended: Path, base_size: int) -> None:
    """Raise `InputError` unless `base` is a model whose own tokenizer was extended."""
    for name in ("stage.json", "config.json", "tokenizer.json"):
        if not (base / name).is_file():
            raise InputError(f"{base}: found no {name}, expected a model of import_model, or later")
    old = Tokenizer.from_file(str(base / "tokenizer.json")).get_vocab()
    new = Tokenizer.from_file(str(extended / "tokenizer.json")).get_vocab()
    if {name: number for name, number in new.items() if number < base_size} != old:
        raise InputError(f"{base}: not the model whose tokenizer {extended} extends")


def main(arguments: argparse.Namespace) -> None:
    """Grow the weights file by file and write the folder."""
    watch = Stopwatch()
    check_arguments(arguments)
    extension = read_extension(arguments.tokenizer)
    check_base(arguments.base, arguments.tokenizer, extension["base_size"])
    make = choose_rows(arguments, extension)
    with atomic_path(arguments.output) as folder:
        folder.mkdir()
        rows = grow_weights(arguments.base, folder, extension, make)
        for name in CARRIED:
            if (arguments.base / name).is_file():
                shutil.copyfile(arguments.base / name, folder / name)
        write_config(arguments.base, folder, rows)
        shutil.copytree(arguments.tokenizer, folder, dirs_exist_ok=True)
        stage = describe_stage(arguments, extension, rows)
        write_json(folder / "stage.json", stage | {"weights": weights_digest(folder)})
    log.info(
        "%s: %d rows for %d tokens, %d of them new, by %s",
        *(arguments.output, rows, extension["size"], len(extension["tokens"])),
        arguments.embeddings,
    )
    inputs = [arguments.base, arguments.tokenizer]
    inputs += [arguments.auxiliary] if arguments.embeddings == "focus" else []
    write_meta(arguments.output, vars(arguments), inputs, watch.seconds)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = argparse.ArgumentParser(
        prog="tokenizer.extend_model", description=__doc__.split("\n")[0]
    )
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
