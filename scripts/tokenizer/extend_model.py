"""Grow a model's embeddings to an extended tokenizer.

In: the base model's folder and a folder of `extend_tokenizer`. Out: a model folder (safetensors,
fp32, the extended tokenizer, ``stage.json``). A new row is the mean of the rows of the tokens by
which the base writes the new one, in the input and in the output matrix each for itself; tied
matrices stay tied. Rows are padded to a multiple of 64; padding rows are the mean of all old rows.

Usage::

    python -m scripts.tokenizer.extend_model --base results/models/base \
        --tokenizer results/tokenizers/grafted --output results/models/grafted
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, PreTrainedModel

from scripts.common.command import run
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, read_json, sha256, write_json
from scripts.common.provenance import Stopwatch, fingerprint, weights_digest, write_meta

MULTIPLE = 64  # rows that tensor cores multiply without a remainder


def pad_rows(size: int) -> int:
    """Return `size` rounded up to a multiple of 64."""
    return -(-size // MULTIPLE) * MULTIPLE


@torch.no_grad()
def fill_rows(matrix: torch.Tensor, base_size: int, parts: list[list[int]]) -> None:
    """Set the rows of `matrix` (rows x width) from `base_size` on, in place.

    Row ``base_size + i`` becomes the mean of the rows ``parts[i]``, the remaining ones the mean
    of the rows before `base_size`. Sums are taken in double precision, so that the number of
    threads does not show in the result.
    """
    old = matrix[:base_size].double()
    for row, ids in enumerate(parts, start=base_size):
        matrix[row] = old[ids].mean(dim=0)
    matrix[base_size + len(parts) :] = old.mean(dim=0)


def grow_embeddings(model: PreTrainedModel, base_size: int, parts: list[list[int]]) -> int:
    """Append one row for each of `parts` behind the first `base_size`; return how many there are.

    `parts` are the old ids of which each new token is made. A matrix that has more rows than the
    tokenizer has tokens keeps at least as many. Raises `InputError` if it has fewer.
    """
    old_rows = model.get_input_embeddings().weight.shape[0]
    if old_rows < base_size:
        raise InputError(
            f"the model has {old_rows} embedding rows; expected at least the {base_size} tokens "
            "of the tokenizer that was extended"
        )
    rows = max(old_rows, pad_rows(base_size + len(parts)))
    model.resize_token_embeddings(rows, mean_resizing=False)
    # Where the two are tied, the second call finds the old rows unchanged and fills in the same.
    fill_rows(model.get_input_embeddings().weight, base_size, parts)
    fill_rows(model.get_output_embeddings().weight, base_size, parts)
    return rows


def read_parts(extension: dict[str, Any]) -> list[list[int]]:
    """Return each new token's old ids, in the order of the new ids."""
    tokens = sorted(extension["tokens"], key=lambda token: token["id"])
    expected = range(extension["base_size"], extension["size"])
    assert [token["id"] for token in tokens] == list(expected), "new ids have gaps"
    return [token["parts"] for token in tokens]


def read_extension(folder: Path) -> dict[str, Any]:
    """Read ``extension.json``; `InputError` if the folder is not of `extend_tokenizer`."""
    path = folder / "extension.json"
    if not path.is_file():
        raise InputError(f"{folder}: no extension.json; expected a folder of extend_tokenizer")
    return read_json(path)


def main(arguments: argparse.Namespace) -> None:
    """Load, grow, save."""
    watch = Stopwatch()
    extension = read_extension(arguments.tokenizer)
    model = AutoModelForCausalLM.from_pretrained(arguments.base, dtype=torch.float32)
    rows = grow_embeddings(model, extension["base_size"], read_parts(extension))
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer / "tokenizer.json"))
    assert tokenizer.get_vocab_size() <= rows, "more tokens than embedding rows"
    stage = {
        "model": arguments.output.name,
        "parent": arguments.base.name,
        "extend": extension["languages"],
        "vocabulary": extension["size"],
        "rows": rows,
        # A changed base, or other pieces of the same number, must show in every descendant.
        "parent_fingerprint": fingerprint(read_json(arguments.base / "stage.json")),
        "tokenizer_sha256": sha256(arguments.tokenizer / "tokenizer.json"),
    }
    with atomic_path(arguments.output) as folder:
        model.save_pretrained(folder)
        shutil.copytree(arguments.tokenizer, folder, dirs_exist_ok=True)
        write_json(folder / "stage.json", stage | {"weights": weights_digest(folder)})
    inputs = [arguments.base, arguments.tokenizer]
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
    command.add_argument("--output", type=Path, required=True, help="folder to write")
    return command


if __name__ == "__main__":
    run(main, parser())
