"""Loading a model folder for inference."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from scripts.common.errors import InputError, read_by
from scripts.common.files import read_json
from scripts.common.processor import has_bf16
from scripts.common.provenance import check_weights
from scripts.infer.attention import choose_attention

Loaded = tuple[PreTrainedModel, PreTrainedTokenizerBase, str]  # and the device it is on
# Names that configurations have for it; BLOOM, with ALiBi, and Mamba have none.
WINDOWS = ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length")
UNBOUNDED = 2**20
Loader = Callable[[Path, str], Loaded]


def load_model(folder: Path, dtype: str = "auto") -> Loaded:
    """Return the model (in evaluation mode), its tokenizer and the device it was put on.

    Only local files are read and no code from the folder is run. `InputError` if the folder is
    not a model's, or if the tokenizer has more pieces than the model has embedding rows.
    """
    config, tokenizer = open_folder(folder)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = load_weights(folder, config, pick_dtype(dtype, device))
    rows = torch.as_tensor(model.get_input_embeddings().weight).shape[0]
    check_rows(tokenizer, rows, folder)
    return model.eval().to(device), tokenizer, device


def open_folder(folder: Path) -> tuple[PretrainedConfig, PreTrainedTokenizerBase]:
    """Return a model's configuration and tokenizer, with the errors of `load_model`."""
    if not (folder / "config.json").is_file():
        raise InputError(f"{folder}: no config.json, expected a Hugging Face model folder")
    read_json(folder / "config.json", "a model's configuration", {})
    check_weights(folder)
    transformers_logging.disable_progress_bar()
    # Texts longer than the window are cut on purpose; the tokenizer would warn of each first one.
    transformers_logging.set_verbosity_error()
    tokenizer = read_by(
        lambda: AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        ),
        folder,
        "a model's tokenizer",
    )
    if tokenizer.eos_token_id is None:
        raise InputError(f"{folder}/tokenizer_config.json: found no eos_token, expected one")
    config = read_by(
        lambda: AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False),
        folder,
        "a model's configuration",
    )
    # Before gigabytes are read, and of what was read.
    check_rows(tokenizer, config.get_text_config().vocab_size, folder)
    return config, tokenizer


def check_rows(tokenizer: PreTrainedTokenizerBase, rows: int, folder: Path) -> None:
    """Refuse a tokenizer with more pieces than the model has embedding rows."""
    if len(tokenizer) > rows:
        raise InputError(
            f"{folder}: the tokenizer has {len(tokenizer)} pieces but the model only {rows} "
            "embedding rows; expected at least one row a piece"
        )


def load_weights(folder: Path, config: PretrainedConfig, kind: torch.dtype) -> PreTrainedModel:
    """Return the model; `InputError` where its `config.json` asks for other weights."""
    found: Any = read_by(
        lambda: AutoModelForCausalLM.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            dtype=kind,
            attn_implementation=choose_attention(config),
            output_loading_info=True,
        ),
        folder,
        "a model whose config.json fits its weights",
    )
    model, facts = found
    if facts["missing_keys"]:  # transformers draws them at random
        name = min(facts["missing_keys"])
        raise InputError(f"{folder}: the weights lack {name}, which config.json asks for")
    return cast(PreTrainedModel, model)


def pick_dtype(name: str, device: str) -> torch.dtype:
    """Return the number type called `name`.

    ``auto`` is bfloat16 where the device is fast in it, else float32
    (docs/performance.md has what it gains and changes).
    """
    if name == "auto":
        name = "bfloat16" if has_bf16(device) else "float32"
    found: torch.dtype = getattr(torch, name)
    return found


def model_window(model: PreTrainedModel) -> int:
    """Return how many tokens the model was made for; where its config sets no bound, a million."""
    config = model.config.get_text_config()
    for name in WINDOWS:
        if getattr(config, name, None):
            return int(getattr(config, name))
    return UNBOUNDED
