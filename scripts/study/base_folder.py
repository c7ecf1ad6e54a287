"""Whether a Hugging Face folder holds a whole model, by its config and its weights' headers.

No weight is read and torch is not imported: a dry run costs milliseconds. What only the loaded
model tells (tensors that its architecture lacks, numbers that are none) `scripts.convert` refuses.
"""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from scripts.common import limits
from scripts.common.errors import InputError, read_by, shorten
from scripts.common.files import read_json
from scripts.study.config_sizes import LAYERS, check_config

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
ADAPTER = "adapter_config.json"
# What transformers reads beside config.json and the weights, where it is there.
SETTINGS = (
    "tokenizer_config.json", "tokenizer.json", "generation_config.json", "special_tokens_map.json",
    "added_tokens.json",
)  # fmt: skip
WHOLE_NUMBERS = re.compile("[IU][0-9]+|BOOL")  # safetensors' names of number types
READ_WHOLE = (".json", ".jinja", ".model", ".txt")  # what is no weights
POINTER = b"version https://git-lfs.github.com/spec/"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Names of the input and of the output embedding, whatever stands before them.
INPUT = re.compile(r"(^|\.)(embed_tokens|wte|word_embeddings|embed_in)\.weight$")
OUTPUT = re.compile(r"(^|\.)(lm_head|embed_out|output|output_layer|head)\.weight$")
BLOCK = re.compile(r"(?:^|\.)(?:layers|h|blocks)\.(\d+)\.")
VOCABULARY = "vocab_size"
Shapes = Mapping[str, tuple[int, ...]]


def check_whole(folder: Path) -> None:
    """Raise `InputError`, one line with the folder and the cause, where something is missing."""
    check_pointers(folder)
    config = read_config(folder)
    for name in SETTINGS:
        if (folder / name).is_file():
            read_settings(folder / name, "settings of a model")
    check_adapter(folder)
    shapes = read_shapes(weight_files(folder))
    check_index(folder, shapes)
    check_vocabulary(folder, config, shapes)
    check_layers(folder, config, shapes)
    if config.get("tie_word_embeddings") is False and not any(map(OUTPUT.search, shapes)):
        raise InputError(
            f"found no lm_head.weight in {str(folder)!r}, which config.json asks for "
            "(tie_word_embeddings: false)"
        )


def check_pointers(folder: Path) -> None:
    """Refuse a clone whose large files Git LFS has not fetched, and tokenizers of giant sizes."""
    for file in sorted(filter(Path.is_file, folder.iterdir())):
        check_pointer(file)
        check_size(file)


def check_size(file: Path) -> None:
    """Refuse a file of settings or of a tokenizer that libraries would read whole, and cannot."""
    size = file.stat().st_size
    if file.suffix in READ_WHOLE and size > limits.JSON_BYTES:
        raise InputError(
            f"{file}: has {size:,} bytes, expected a tokenizer or settings of at most "
            f"{limits.JSON_BYTES:,}"
        )


def check_pointer(file: Path) -> None:
    """Refuse a pointer of Git LFS in the place of a file."""
    if file.stat().st_size < 1024 and file.read_bytes().startswith(POINTER):
        raise InputError(f"{file} is a pointer of Git LFS, not the file: run `git lfs pull`")


def read_config(folder: Path) -> dict[str, Any]:
    """Return `config.json`, of which transformers can load the weights as they are."""
    path = folder / "config.json"
    config = read_settings(path, "a model's configuration")
    quantized = config.get("quantization_config")
    if quantized:
        method = quantized.get("quant_method") if isinstance(quantized, dict) else None
        raise InputError(f"{path}: its weights are quantized ({method or 'quantization_config'}), "
                         "expected the model that they were made from")  # fmt: skip
    check_config(config, str(path))
    return config


def read_settings(path: Path, expected: str) -> dict[str, Any]:
    """Return a JSON file's object as transformers reads it, which knows no byte-order mark."""
    if path.read_bytes().startswith(BYTE_ORDER_MARK):
        raise InputError(f"{path} begins with a byte-order mark, which transformers cannot read; "
                         "save it as UTF-8 without one")  # fmt: skip
    settings: dict[str, Any] = read_json(path, expected, {})
    return settings


def check_adapter(folder: Path) -> None:
    """Refuse an adapter beside a model: transformers would load it with the model's weights."""
    base = adapter_base(folder)
    if base:
        whole = any((folder / name).is_file() for name in (SINGLE, INDEX))
        other = f"take {ADAPTER} out, or merge them" if whole else f"merge it into {base}"
        other = other if whole else f"{other}, or name that"
        raise InputError(f"{str(folder)!r} {'holds' if whole else 'is'} a LoRA adapter: {other}")


def weight_files(folder: Path) -> list[Path]:
    """Return the files of weights, as transformers chooses them: one of its name, or the index's.

    Raises:
        InputError: if there is none, or one of the index's is not there.
    """
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    if (folder / INDEX).is_file():
        names = sorted(set(read_index(folder).values()))
        for name in names:
            check_shard(folder, name)
            if not (folder / name).is_file():
                raise InputError(f"found no {name} in {str(folder)!r}, which {INDEX} names")
        return [folder / name for name in names]
    others = sorted(path.name for path in folder.glob("*.safetensors"))
    pickles = [*folder.glob("*.bin"), *folder.glob("*.pth"), *folder.glob("*.pt")]
    found = f"{pickles[0].name}, a pickle, which is never read" if pickles else "none"
    raise InputError(
        f"found no weights in {str(folder)!r}, expected {SINGLE}, or shards and {INDEX} "
        f"({others[0] if others else found})"
    )


def check_shard(folder: Path, name: str) -> None:
    """Refuse a file that an index names, and that is no file of weights in its own folder."""
    if Path(name).name != name or not name.endswith(".safetensors"):
        raise InputError(
            f"{folder / INDEX} names {shorten(name)!r}, expected a file *.safetensors beside it"
        )


def read_index(folder: Path) -> dict[str, str]:
    """Return the file that each tensor is in, by the folder's index."""
    index = read_json(folder / INDEX, "an index of weights", {"weight_map": dict})
    if not index["weight_map"]:
        raise InputError(f"{folder / INDEX}: weight_map: names no tensor")
    return {str(name): str(file) for name, file in index["weight_map"].items()}


def read_shapes(files: Iterable[Path]) -> Shapes:
    """Return the shape of each tensor by the files' headers, which must fit the files' sizes."""
    shapes: dict[str, tuple[int, ...]] = {}
    for file in files:
        shapes |= read_by(partial(read_header, file), file, "whole weights in safetensors' form")
    return shapes


def read_header(file: Path) -> dict[str, tuple[int, ...]]:
    """Return the shapes of one file's tensors."""
    from safetensors import safe_open

    with safe_open(file, "np") as tensors:
        found = {name: tensors.get_slice(name) for name in tensors.keys()}  # noqa: SIM118
    for name, tensor in found.items():
        # Old GPTs keep masks in whole numbers, which are no weights.
        if name.endswith(".weight") and WHOLE_NUMBERS.fullmatch(tensor.get_dtype()):
            raise InputError(f"{file}: {name} is in whole numbers ({tensor.get_dtype()}), expected "
                             "the model that it was made from")  # fmt: skip
    return {name: tuple(tensor.get_shape()) for name, tensor in found.items()}


def check_index(folder: Path, shapes: Shapes) -> None:
    """Refuse an index that names tensors which its files do not hold."""
    if (folder / INDEX).is_file() and not (folder / SINGLE).is_file():
        for name, file in sorted(read_index(folder).items()):
            if name not in shapes:
                raise InputError(f"{folder / file} lacks {name}, which {INDEX} says is in it")


def text_value(config: Mapping[str, Any], *names: str) -> Any:
    """Return the first value there is of these keys, of the text part where there are several."""
    text = config.get("text_config")
    for part in (text, config) if isinstance(text, dict) else (config,):
        for name in names:
            if part.get(name) is not None:
                return part[name]
    return None


def check_vocabulary(folder: Path, config: Mapping[str, Any], shapes: Shapes) -> None:
    """Refuse an embedding matrix whose rows are not `vocab_size`."""
    size = text_value(config, VOCABULARY)
    for name in filter(INPUT.search, shapes):
        rows = shapes[name][0] if shapes[name] else 0
        if size is not None and rows != size:
            raise InputError(f"{folder / 'config.json'}: vocab_size is {size}, but {name} has "
                             f"{rows} rows")  # fmt: skip


def check_layers(folder: Path, config: Mapping[str, Any], shapes: Shapes) -> None:
    """Refuse weights that lack whole layers."""
    layers = text_value(config, *LAYERS)
    found = {int(match[1]) for match in map(BLOCK.search, shapes) if match}
    if layers and found and not set(range(layers)) <= found:
        missing = min(set(range(layers)) - found)
        raise InputError(f"the weights in {str(folder)!r} lack layer {missing}, config.json asks "
                         f"for {layers} layers")  # fmt: skip


def adapter_base(folder: Path) -> str | None:
    """Return the base that a folder of LoRA adapters names; None where it is none."""
    path = folder / ADAPTER
    if not path.is_file():
        return None
    try:
        named = read_json(path, "a LoRA adapter's settings", {}).get("base_model_name_or_path")
        return shorten(str(named)) if named else "its base"
    except InputError:
        return "its base"
