"""The input and output embeddings in a model's files: finding them, writing them with more rows."""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from scripts.common.errors import InputError
from scripts.common.progress import track
from scripts.tokenizer.embedding_rows import Layout, Rows, extend_matrix
from scripts.tokenizer.extension_file import pad_rows
from scripts.tokenizer.weight_files import (
    find_tensors,
    link_file,
    read_header,
    read_tensor,
    rewrite_file,
    write_index,
)


def extend_weights(
    base: Path,
    output: Path,
    base_size: int,
    size: int,
    make_rows: Callable[[torch.Tensor], Rows],
    layout: Layout | None = None,
) -> int:
    """Write the base's weights to `output` with a row for every new token; return how many rows.

    Args:
        base: the base model's folder.
        output: a folder to write into.
        base_size: tokens of the base.
        size: tokens of the extended vocabulary. Matrices that have more rows keep as many, unless
            it is smaller than the base's.
        make_rows: gives the new rows from the old ones (base_size, width).
        layout: where they go, if tokens of the base are dropped; else behind the old ones.

    Raises:
        InputError: the matrices have fewer rows than the base has tokens.
    """
    places = find_tensors(base)
    names = find_matrices(base, places)
    old_rows = count_rows(base, places, names)
    if old_rows < base_size:
        raise InputError(
            f"the model has {old_rows} embedding rows; expected at least the {base_size} tokens "
            "of the tokenizer that was extended"
        )
    rows = pad_rows(size) if size < base_size else max(old_rows, pad_rows(size))
    added = {"total_size": 0, "total_parameters": 0}
    files = list(dict.fromkeys(places.values()))
    for file in track(files, len(files), "extending", "file"):
        held = [name for name in names if places[name] == file]
        if not held:
            # Nothing of it changes: another name of the same file takes no time and no space.
            link_file(base / file, output / file)
            continue
        replaced = {}
        for name in held:
            matrix = read_tensor(base / file, name)
            replaced[name] = extend_matrix(matrix, base_size, rows, make_rows, layout)
            added["total_size"] += replaced[name].nbytes - matrix.nbytes
            added["total_parameters"] += replaced[name].numel() - matrix.numel()
        rewrite_file(base / file, output / file, replaced)
    write_index(base, output, added)
    return rows


def find_matrices(folder: Path, places: Mapping[str, str]) -> list[str]:
    """Return the stored names of the input and the output matrix, and of the output's bias.

    Of tied matrices most folders store one. The model is built from its config without weights, so
    that its class says which layers these are, whatever their names.

    Args:
        folder: the model's.
        places: the file of every stored tensor.
    """
    with torch.device("meta"):
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    layers = [model.get_input_embeddings(), model.get_output_embeddings()]
    wanted = {
        id(weight): weight
        for layer in layers
        if layer
        for weight in layer.parameters(recurse=False)
    }
    names = [
        name
        for name, weight in model.named_parameters(remove_duplicate=False)
        if id(weight) in wanted
    ]
    found = [stored for name in names if (stored := stored_name(name, places))]
    if not found or len(found) < len(wanted):
        missing = ", ".join(name for name in names if not stored_name(name, places))
        raise InputError(f"{folder}: its weights have no tensor {missing}")
    return found


def stored_name(name: str, places: Mapping[str, str]) -> str | None:
    """Return the name under which a weight is stored: its own, a longer, shorter or older one."""
    if name in places:
        return name
    close = [item for item in places if item.endswith(f".{name}") or name.endswith(f".{item}")]
    if not close and name == "lm_head.weight":
        close = [item for item in places if item == "embed_out.weight"]  # GPT-NeoX's
    return close[0] if len(close) == 1 else None


def count_rows(folder: Path, places: Mapping[str, str], names: list[str]) -> int:
    """Return the rows of these tensors; `InputError` unless they agree and are of floating type."""
    entries = [read_header(folder / places[name])[0][name] for name in names]
    for name, entry in zip(names, entries, strict=True):
        if entry["dtype"] not in ("F32", "F16", "BF16", "F64"):
            raise InputError(f"{folder}: {name} has {entry['dtype']}; expected F32, F16 or BF16")
    sizes = {entry["shape"][0] for entry in entries}
    if len(sizes) > 1:
        raise InputError(f"{folder}: {' and '.join(names)} have {sizes} rows; expected as many")
    return sizes.pop()
