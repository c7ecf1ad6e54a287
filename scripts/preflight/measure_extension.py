"""Whether a vocabulary can be extended: old logits stay, new pieces are read and predicted."""

import tempfile
from functools import partial
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, PretrainedConfig

from scripts.common.errors import InputError
from scripts.convert.exactness import Tried, distance, measured, try_ways
from scripts.convert.probe_texts import LENGTHS, plain_logits, probe_texts
from scripts.convert.small_copy import PIECES, make_copy
from scripts.tokenizer.embedding_matrices import extend_weights
from scripts.tokenizer.embedding_rows import mean_rows
from scripts.tokenizer.extend_model import write_config

EXTEND = "extend"
NEW = 8  # pieces


@measured
def measure_extension(config: PretrainedConfig) -> Tried:
    """Return how far the old pieces' logits are from what they were before an extension."""
    return try_ways({"more rows": partial(extension_error, config)})


def extension_error(config: PretrainedConfig) -> float:
    """Return the relative error of the old pieces' logits; new ones must be finite."""
    model = make_copy(config)
    text = probe_texts(LENGTHS[0])[0]
    with tempfile.TemporaryDirectory() as folder:
        base, output = Path(folder, "base"), Path(folder, "extended")
        model.save_pretrained(base)
        output.mkdir()
        rows = extend_weights(base, output, PIECES, PIECES + NEW, partial(mean_rows, count=NEW))
        write_config(base, output, rows)
        loaded = AutoModelForCausalLM.from_pretrained(
            output, dtype=torch.float32, local_files_only=True, trust_remote_code=False
        ).eval()
    found = plain_logits(loaded, text)
    try:
        new = plain_logits(loaded, [*text, PIECES, PIECES + NEW - 1])
    except IndexError:  # of Gemma 4's embeddings for each layer
        raise InputError("a matrix beside the embeddings has a row a piece, too") from None
    if not new.isfinite().all():
        return float("inf")
    return distance(found[:, :PIECES], plain_logits(model, text))
