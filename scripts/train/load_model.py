"""The model that a stage starts from, ready for training: attention, adapters, frozen rows."""

import warnings
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModelForCausalLM, PreTrainedModel
from transformers.utils import logging as transformers_logging

from scripts.common.errors import InputError
from scripts.common.provenance import check_weights
from scripts.convert.head import decoder_of
from scripts.study.recipe import Optimization
from scripts.study.run import Run
from scripts.train.lora import add_lora, quantization
from scripts.train.new_rows import add_new_rows, find_new_rows


def load_model(folder: Path, recipe: Optimization, run: Run, attention: str) -> PreTrainedModel:
    """Return the parent in float32, in which the optimizer keeps the weights.

    `attention` is transformers' name of its implementation (`scripts.train.ways`).
    """
    check_weights(folder)
    # Progress has a bar of its own.
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation=attention,
        quantization_config=quantization(recipe.lora),
        local_files_only=True,
        trust_remote_code=False,
    )
    if run.liger:
        apply_liger(model)
    if recipe.lora:
        add_lora(model, recipe.lora)
    if recipe.trains == "new_rows":
        add_new_rows(model, find_new_rows(folder))
    if run.gradient_checkpointing:
        model.activation_checkpointing_enable({"use_reentrant": False})
        # With frozen embeddings no layer's input would require a gradient.
        model.enable_input_require_grads()
    if run.compile:
        for layer in decoder_layers(model):
            layer.compile()
    return model.train()


def decoder_layers(model: PreTrainedModel) -> nn.ModuleList:
    """Return the decoder's layers, whatever the architecture calls them."""
    decoder = decoder_of(model)
    return decoder.layers if hasattr(decoder, "layers") else decoder.h


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
