"""Gather a trained model as others expect one: a folder that any reader of the format loads.

In: a model's folder, its ancestors' (the base first), the prompt format that it was trained and
asked with, and its card. Out: a folder with the weights in the number type that the base was
published in; tokenizer, chat template and settings for `transformers` 4 and 5 and what reads as
they do; ``generation_config.json``; the card as ``README.md``; ``stage.json``, and with those of
all ancestors ``lineage.json``; the base's licence files, where it has any; ``SHA256SUMS``.

The chat template's prompts have the ids that the study trained and asked with, the tokenizer and
the settings are read as those of the model's own folder: both are checked.

    python -m scripts.convert.release_model --model results/models/billa-zh \\
        --ancestors results/models/base results/models/billa-extended --format billa \\
        --card results/cards/billa-zh.md --output results/release/billa-zh
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import AutoConfig, AutoTokenizer
from transformers.utils import logging as transformers_logging

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, read_json, sha256, write_json, write_text
from scripts.common.provenance import Stopwatch, write_meta
from scripts.convert.cast_weights import TYPES, cast_weights
from scripts.convert.chat_template import SAMPLES, choose_template, closing_tokens
from scripts.convert.published import copy_licences
from scripts.convert.release_config import published_type, write_config, write_generation
from scripts.convert.release_tokenizer import write_tokenizer
from scripts.convert.summed_embeddings import add
from scripts.study.prompts import PromptFormat, get_format

SUMS = "SHA256SUMS"
# What two readings of one config may differ in.
UNREAD = {"dtype", "torch_dtype", "_name_or_path", "transformers_version", "architectures"}


def main(arguments: argparse.Namespace) -> None:
    """Write the release, and say where it came from."""
    watch = Stopwatch()
    model, base, output = arguments.model, arguments.ancestors[0], arguments.output
    form, kind = get_format(arguments.format, model), arguments.dtype or published_type(base)
    if kind not in TYPES:
        raise InputError(f"--dtype: found {kind!r}, expected {', '.join(TYPES)}")
    with atomic_path(output) as folder:
        folder.mkdir()
        cast_weights(model, folder, kind)
        if arguments.plus:
            add(folder, arguments.plus)
        write_settings(model, folder, form, kind)
        write_lineage([*arguments.ancestors, model], arguments.plus, folder)
        shutil.copyfile(arguments.card, folder / "README.md")
        copy_licences(base, folder)
        check_reading(model, folder)
        write_sums(folder)
        open_to_all(folder)
    log.info("%s: %s, %s", output, kind, arguments.format)
    inputs = [model / "stage.json", arguments.card]
    resolved = {"dtype": kind, "ancestors": list(map(str, arguments.ancestors))}
    write_meta(output, vars(arguments) | resolved, inputs, watch.seconds)


def write_settings(model: Path, folder: Path, form: PromptFormat, kind: str) -> None:
    """Write config, generation config, tokenizer and chat template."""
    config = read_json(model / "config.json", "a model's configuration", {})
    settings = read_json(model / "tokenizer_config.json", "a tokenizer's settings", {})
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    end = name_token(settings, "eos_token")
    if end is None or tokenizer.token_to_id(end) is None:
        raise InputError(f"{model}/tokenizer_config.json: found no eos_token, expected one")
    template = choose_template(form, tokenizer, end, model)
    write_tokenizer(model, config.get("max_position_embeddings"), template, folder)
    write_json(folder / "config.json", write_config(config, kind))
    begin, fill = (
        tokenizer.token_to_id(name_token(settings, key) or "") for key in ("bos_token", "pad_token")
    )
    ends = closing_tokens(form, tokenizer, end)
    pad = ends[-1] if fill is None else fill
    write_json(folder / "generation_config.json", write_generation(config, ends, begin, pad))


def name_token(settings: dict[str, Any], key: str) -> str | None:
    """Return a special token's text, whether it is written as text or as a mapping."""
    token = settings.get(key)
    return token["content"] if isinstance(token, dict) else token


def write_lineage(folders: list[Path], plus: str | None, output: Path) -> None:
    """Write the model's ``stage.json``, and how each of its ancestors came to be, base first."""
    stages = [read_json(folder / "stage.json") for folder in folders]
    added = {"plus": plus} if plus else {}
    write_json(output / "lineage.json", {"stages": stages} | added)
    shutil.copyfile(folders[-1] / "stage.json", output / "stage.json")


def check_reading(model: Path, folder: Path) -> None:
    """Raise `InputError` unless the release is read as the model's own folder is."""
    transformers_logging.set_verbosity_error()
    before, after = (
        AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False).to_dict()
        for path in (model, folder)
    )
    changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    if wrong := sorted(set(changed) - UNREAD - {"text_config"}):
        raise InputError(f"{folder}: config.json is read with another {wrong[0]} than {model}'s")
    own, released = (
        AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        for path in (model, folder)
    )
    for text in SAMPLES:
        for special in (False, True):
            one, other = (
                read(text, add_special_tokens=special)["input_ids"] for read in (own, released)
            )
            if one != other:
                raise InputError(f"{folder}: {text[:20]!r} is {other[:6]}, to {model} {one[:6]}")


def write_sums(folder: Path) -> None:
    """Write the SHA-256 of every file, as `sha256sum --check` reads it."""
    files = sorted(file for file in folder.iterdir() if file.name != SUMS)
    write_text(folder / SUMS, "".join(f"{sha256(file)}  {file.name}\n" for file in files))


def open_to_all(folder: Path) -> None:
    """Let everybody read the folder, and its owner write; some libraries write 0600."""
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o644)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("convert.release_model", __doc__)
    options.add_argument("--model", type=Path, required=True, help="the model's folder")
    options.add_argument(
        "--ancestors", type=Path, nargs="+", required=True, help="folders, the base first"
    )
    options.add_argument("--format", required=True, help="a prompt format of prompts/formats.yaml")
    options.add_argument("--card", type=Path, required=True, help="Markdown of write_card")
    options.add_argument(
        "--plus", help="the original whose word embeddings are added: a folder, meta:…"
    )
    options.add_argument("--dtype", help="float32, float16 or bfloat16 (the base's)")
    options.add_argument("--output", type=Path, required=True, help="folder to write")
    return options


if __name__ == "__main__":
    run(main, parser())
