"""The model that a stage starts from, ready for training: attention, adapters, frozen rows."""

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
from scripts.convert.reach import Reach, config_reach
from scripts.study.recipe import Optimization
from scripts.study.run import Run
from scripts.train.lora import add_lora, quantization
from scripts.train.new_rows import add_new_rows, find_new_rows
from scripts.train.segment_attention import NAME


def load_model(
    folder: Path, recipe: Optimization, run: Run, device: torch.device
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
        attn_implementation=choose_attention(run.attention, folder, recipe.precision, device),
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
    decoder = model.get_decoder()
    return decoder.layers if hasattr(decoder, "layers") else decoder.h


def choose_attention(name: str, folder: Path, precision: str, device: torch.device) -> str:
    """Return transformers' name of the attention: the fastest that is there.

    Raises:
        InputError: if what is asked for is not installed, or not available for this model.
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
    architecture = model_class(folder)
    if not architecture._supports_sdpa:
        return "eager"
    if device.type == "cpu":
        return NAME if takes_segments(folder) else "sdpa"
    return "flash_attention_2" if installed and precision != "fp32" else "sdpa"


def model_class(folder: Path) -> Any:
    """Return the class that transformers makes of a folder's model."""
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    return MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]


def takes_segments(folder: Path) -> bool:
    """Tell whether a model lets its attention be replaced by a plain one over all before a token.

    Gemma 2 bounds its scores (`attn_logit_softcapping`), which a plain one does not.
    """
    architecture = model_class(folder)
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    reach = config_reach(config)
    return (
        architecture._supports_attention_backend
        and not architecture._is_stateful
        and not getattr(config.get_text_config(), "attn_logit_softcapping", None)
        and reach == Reach(window=None, state=False)
    )


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
