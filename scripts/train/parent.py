"""The model that a stage starts from, made ready for training."""

import shutil
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    AutoConfig,
    AutoModelForCausalLM,
    PreTrainedModel,
)
from transformers.utils import logging as transformers_logging
from transformers.utils.import_utils import is_flash_attn_2_available

from scripts.common.errors import InputError
from scripts.common.provenance import check_weights
from scripts.train.lora import add_lora, merge_lora, quantization
from scripts.train.new_rows import EXTENSION, add_new_rows, find_new_rows, merge_new_rows
from scripts.train.segment_attention import NAME

TOKENIZER_FILES = ("*token*", "*.jinja", "merges.txt", "vocab.json", EXTENSION)


def load_parent(
    folder: Path, recipe: dict[str, Any], settings: dict[str, Any], device: torch.device
) -> PreTrainedModel:
    """Return the parent in float32, in which the optimizer keeps the weights."""
    check_weights(folder)
    # Progress has a bar of its own.
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation=choose_attention(settings["attention"], folder, recipe, device),
        quantization_config=quantization(recipe["lora"]),
        local_files_only=True,
    )
    if settings["liger"]:
        apply_liger(model)
    if recipe["lora"]:
        add_lora(model, recipe["lora"])
    if trains_new_rows(recipe):
        add_new_rows(model, find_new_rows(folder))
    if settings["gradient_checkpointing"]:
        model.activation_checkpointing_enable({"use_reentrant": False})
        # With frozen weights nothing at a layer's entrance would ask for a gradient.
        model.enable_input_require_grads()
    if settings["compile"]:
        for layer in decoder_layers(model):
            layer.compile()
    return model.train()


def trains_new_rows(recipe: dict[str, Any]) -> bool:
    """Tell whether a stage trains the new tokens' rows only; recipes that train all do not say."""
    return recipe.get("trains") == "new_rows"


def decoder_layers(model: PreTrainedModel) -> nn.ModuleList:
    """Return the decoder's layers, whatever the architecture calls them."""
    decoder = model.get_decoder()
    return decoder.layers if hasattr(decoder, "layers") else decoder.h


def choose_attention(name: str, folder: Path, recipe: dict[str, Any], device: torch.device) -> str:
    """Return transformers' name of the attention: the fastest that is there.

    Raises:
        InputError: if what is asked for is not installed, or not to be had for this model.
    """
    installed = is_flash_attn_2_available()
    if name == NAME and not takes_segments(folder):
        raise InputError("run.attention: this model's attention cannot be replaced; write auto")
    if name == "flash_attention_2" and not installed:
        raise InputError(
            "run.attention: flash_attention_2 needs a GPU and the package flash-attn; "
            "pip install flash-attn, or write auto"
        )
    if name != "auto":
        return name
    if device.type == "cpu":
        return NAME if takes_segments(folder) else "sdpa"
    return "flash_attention_2" if installed and recipe["precision"] != "fp32" else "sdpa"


def takes_segments(folder: Path) -> bool:
    """Tell whether a model lets its attention be replaced, and looks at all that came before."""
    config = AutoConfig.from_pretrained(folder)
    architecture = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    return architecture._supports_attention_backend and not getattr(config, "sliding_window", None)


def apply_liger(model: PreTrainedModel) -> None:
    """Replace norms, rotary embedding and MLP by Liger's fused kernels.

    Raises:
        InputError: if liger-kernel is not installed.
    """
    try:
        from liger_kernel.transformers import _apply_liger_kernel_to_instance
    except ImportError:
        raise InputError(
            "run.liger: expected the package liger-kernel; pip install liger-kernel"
        ) from None
    # Ours computes logits only where loss is, which Liger's fused loss does not.
    _apply_liger_kernel_to_instance(model, cross_entropy=False, fused_linear_cross_entropy=False)


def export(
    parent: Path, weights: dict[str, torch.Tensor], recipe: dict[str, Any], output: Path
) -> int:
    """Write the trained model and the parent's tokenizer; return the number of embedding rows.

    Args:
        parent: the folder that training started from.
        weights: the trained weights by name, whole, on the CPU.
        recipe: with `lora`, or where only new rows are trained, the weights are merged into the
            parent's.
        output: an existing folder.
    """
    if recipe["lora"]:
        model = AutoModelForCausalLM.from_pretrained(parent, dtype=torch.float32)
        model = merge_lora(model, recipe["lora"], weights)
    elif trains_new_rows(recipe):
        model = AutoModelForCausalLM.from_pretrained(parent, dtype=torch.float32)
        merge_new_rows(model, find_new_rows(parent), weights)
    else:
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(
                AutoConfig.from_pretrained(parent), dtype=torch.float32
            )
        model.load_state_dict(weights, strict=False, assign=True)
        model.tie_weights()
    model.save_pretrained(output)
    for pattern in TOKENIZER_FILES:
        for file in parent.glob(pattern):
            shutil.copyfile(file, output / file.name)
    return model.get_input_embeddings().weight.shape[0]
