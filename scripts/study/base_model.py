"""Where a study's base model comes from: the registry, the hub, a folder or a file.

`base: {from: /models/my-llama, …}` is a Hugging Face folder, `from: meta:/models/llama/7B` one as
Meta published LLaMA: `consolidated.00.pth` and so on, `params.json`, and `tokenizer.model` there or
one folder up. `from: hf:org/name` is a model of the Hugging Face hub (`scripts.study.hub`), `from:
gguf:/models/model.gguf` a GGUF file.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from zipfile import is_zipfile

from scripts.common.errors import InputError
from scripts.study.base_folder import (
    adapter_base,
    check_pointer,
    check_size,
    check_whole,
    read_shapes,
    weight_files,
)
from scripts.study.hub import hint_hub, is_hub, parse_hub

META = "meta:"
GGUF = "gguf:"
NOTHING = "nothing"  # `minus`: the word embeddings are no sum
TOKENIZERS = ("tokenizer.json", "tokenizer.model")
PART = re.compile(r"-\d{5}-of-\d{5}\.gguf$")
SHARD = re.compile(r"consolidated\.(\d\d)\.pth")


def split_base(source: str) -> tuple[str, Path]:
    """Return the form that a base's `from` names, and where it is.

    `hf` and `meta` are of a folder, `gguf` is of a file, `hub` of the record of what was fetched.
    """
    if is_hub(source):
        return "hub", parse_hub(source).record
    for form, mark in (("meta", META), ("gguf", GGUF)):
        if source.startswith(mark):
            return form, expand_home(source.removeprefix(mark))
    return "hf", expand_home(source)


def expand_home(source: str) -> Path:
    """Return a path in which ~ is a home; `InputError` where there is no such user."""
    try:
        return Path(source).expanduser()
    except RuntimeError:
        raise InputError(f"found no home of {source.partition('/')[0]!r} in {source!r}") from None


def base_files(base: Mapping[str, str]) -> list[Path]:
    """Return the files that the base is made of; of the hub's its record."""
    form, place = split_base(base["from"])
    if form in ("hub", "gguf"):
        return [place]
    if form == "meta":
        return [*meta_shards(place), place / "params.json", meta_tokenizer(place)]
    return sorted(file for file in place.iterdir() if file.is_file())


def check_base(base: Mapping[str, str]) -> None:
    """Raise `InputError` unless the base is there and laid out as its `from` says.

    Nothing is asked of the hub.
    """
    try:
        form, place = split_base(base["from"])
        if form != "hub":
            FORMS[form](place)
    except InputError as error:
        raise InputError(f"base.from: {error}") from None
    if base.get("minus", NOTHING) != NOTHING:
        check_original(base["minus"], "base.minus")


def check_original(source: str, key: str) -> None:
    """Raise `InputError` unless a model whose word embeddings are in a sum is there."""
    form, place = split_base(source)
    try:
        if form not in ("hf", "meta"):
            raise InputError(f"found {source!r}, expected a folder, or {META} and a folder")
        check_there(place)
        original_files(source)
    except InputError as error:
        raise InputError(f"{key}: {error}") from None


def original_files(source: str) -> list[Path]:
    """Return the files that such a model's weights are in."""
    form, place = split_base(source)
    return meta_shards(place) if form == "meta" else weight_files(place)


def check_base_weights(base: Mapping[str, str]) -> None:
    """Raise `InputError` where the files' headers tell that they are not whole."""
    original = base.get("minus", NOTHING)
    try:
        form, place = split_base(base["from"])
        if form == "hf":
            check_whole(place)
        elif form != "hub":
            check_files(base_files(base))
    except InputError as error:
        raise InputError(f"base.from: {error}") from None
    try:
        if original != NOTHING:
            check_files(original_files(original))
    except InputError as error:
        raise InputError(f"base.minus: {error}") from None


def check_files(files: Iterable[Path]) -> None:
    """Raise `InputError` where a file of a model is a pointer, or was cut."""
    for file in files:
        check_pointer(file)
        check_size(file)
        if file.suffix == ".safetensors":
            read_shapes([file])
        # PyTorch writes an archive, whose directory is at its end.
        if file.suffix == ".pth" and not is_zipfile(file):
            raise InputError(f"{file}: cannot be read, expected a whole checkpoint of PyTorch")


def check_there(folder: Path) -> None:
    """Raise `InputError` where there is no such folder; the hub's models have names like paths."""
    if folder.is_file():
        hint = f"; a GGUF file is written {GGUF}{folder}" if folder.suffix == ".gguf" else ""
        raise InputError(f"found a file, {str(folder)!r}, expected a model's folder{hint}")
    if not folder.is_dir():
        raise InputError(f"found no folder {str(folder)!r}{hint_hub(str(folder))}")


def check_gguf(file: Path) -> None:
    """Raise `InputError` where a GGUF file is not there, or is one part of several."""
    if not file.is_file():
        raise InputError(f"found no file {str(file)!r}, expected a model's GGUF file")
    if PART.search(file.name):
        raise InputError(f"{file} is one of several parts: join them (`llama-gguf-split --merge`)")


def check_hugging_face(folder: Path) -> None:
    """Raise `InputError` where a model's folder lacks its config or its tokenizer."""
    check_there(folder)
    if not (folder / "config.json").is_file():
        base = adapter_base(folder)
        if base:
            raise InputError(
                f"{str(folder)!r} is a LoRA adapter: merge it into {base}, or name that"
            )
        meta = any(SHARD.fullmatch(file.name) for file in folder.iterdir())
        hint = f"; for Meta's layout write {META}{folder}" if meta else ""
        file = next(iter(sorted(folder.glob("*.gguf"))), None)
        hint = f"; a GGUF file is written {GGUF}{file}" if file else hint
        raise InputError(
            f"found no config.json in {str(folder)!r}, expected a model's folder{hint}"
        )
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise InputError(
            f"found no tokenizer in {str(folder)!r}, expected {' or '.join(TOKENIZERS)}"
        )


def check_meta(folder: Path) -> None:
    """Raise `InputError` where a folder in Meta's layout lacks a file."""
    check_there(folder)
    if not (folder / "params.json").is_file():
        hint = "; for a Hugging Face folder leave 'meta:' out"
        hint = hint if (folder / "config.json").is_file() else ""
        raise InputError(f"found no params.json in {str(folder)!r}, expected Meta's layout{hint}")
    meta_shards(folder)
    meta_tokenizer(folder)


def meta_shards(folder: Path) -> list[Path]:
    """Return `consolidated.00.pth` and so on in order; `InputError` if there is none, or a gap."""
    found = {file.name for file in folder.iterdir() if SHARD.fullmatch(file.name)}
    expected = [f"consolidated.{number:02}.pth" for number in range(max(len(found), 1))]
    for name in expected:
        if name not in found:
            others = ", ".join(sorted(found)) or "no other"
            raise InputError(f"found no {name} in {str(folder)!r} (found {others})")
    return [folder / name for name in expected]


def meta_tokenizer(folder: Path) -> Path:
    """Return `tokenizer.model` of the folder, or of the one around it, as Meta ships it."""
    for place in (folder, folder.absolute().parent):
        if (place / "tokenizer.model").is_file():
            return place / "tokenizer.model"
    raise InputError(f"found no tokenizer.model in {str(folder)!r} or in the folder around it")


FORMS = {"hf": check_hugging_face, "meta": check_meta, "gguf": check_gguf}
