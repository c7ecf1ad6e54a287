"""Which of a model's stored tensors have a row for every token."""

from collections.abc import Mapping
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from scripts.common.errors import InputError
from scripts.tokenizer.weight_files import read_header


def find_matrices(folder: Path, places: Mapping[str, str]) -> list[str]:
    """Return the stored names of the input and the output matrix, and of the output's bias.

    Of tied matrices most folders store one. The model is built from its config without weights.

    Args:
        folder: the model's.
        places: the file of every stored tensor.
    """
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
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
    """Return the name under which a weight is stored, where a prefix may be more or less."""
    if name in places:
        return name
    close = [item for item in places if item.endswith(f".{name}") or name.endswith(f".{item}")]
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
