"""Bases with random weights, and a call of extend_model, for its tests."""

import shutil
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, PretrainedConfig

from scripts.common.files import read_json
from scripts.tokenizer import extend_model
from scripts.tokenizer.auxiliary import write_vectors
from scripts.tokenizer.extension_file import pad_rows
from tests.support.extended_tokenizers import load

INPUT = "model.embed_tokens.weight"
SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}


def make_model(
    bare: Path,
    folder: Path,
    tied: bool = True,
    config: type[PretrainedConfig] = LlamaConfig,
    rows: int | None = None,
    **options,
) -> Path:
    """Copy a base without weights to `folder` and give it those of a model."""
    shutil.copytree(bare, folder, dirs_exist_ok=True)
    rows = rows or pad_rows(load(folder).get_vocab_size())
    settings = SMALL | {"vocab_size": rows, "tie_word_embeddings": tied}
    return save_model(folder, config(**settings), **options)


def save_model(
    folder: Path,
    config: PretrainedConfig,
    dtype: torch.dtype = torch.float32,
    shard_size: str = "5GB",
) -> Path:
    """Add random weights to a base's folder."""
    torch.manual_seed(7)
    model = AutoModelForCausalLM.from_config(config).to(dtype)
    for name, weight in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(weight)
    model.save_pretrained(folder, max_shard_size=shard_size)
    return folder


def make_vectors(path: Path, tokenizer: Path) -> Path:
    """Write random auxiliary vectors of half of a tokenizer's tokens, old and new."""
    ids = torch.arange(0, read_json(tokenizer / "extension.json")["size"], 2)
    vectors = torch.randn(len(ids), 8, generator=torch.Generator().manual_seed(3))
    write_vectors(path, ids, vectors, tokenizer)
    return path


def run(base: Path, tokenizer: Path, output: Path, *more: object) -> Path:
    """Run extend_model."""
    command = ["--base", base, "--tokenizer", tokenizer, "--output", output, *more]
    extend_model.main(extend_model.parser().parse_args([str(item) for item in command]))
    return output
