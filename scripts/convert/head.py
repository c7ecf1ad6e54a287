"""A model in two parts: the decoder, and the vocabulary's logits of chosen hidden states.

Training and likelihoods need logits at few places, so they call the output layer themselves. Some
architectures do more than that layer: Granite divides (`logits_scaling`), Cohere and Falcon-H1
multiply (`logit_scale`, `lm_head_multiplier`), Gemma 2 and xLSTM bound them (`soft-capping`, arXiv
2408.00118). The names are those of transformers' configurations.
"""

from collections.abc import Callable
from typing import Any

import torch
from transformers import PreTrainedModel


def divide(logits: torch.Tensor, value: float) -> torch.Tensor:
    """Return logits / value."""
    return logits / value


def multiply(logits: torch.Tensor, value: float) -> torch.Tensor:
    """Return logits x value."""
    return logits * value


def cap(logits: torch.Tensor, value: float) -> torch.Tensor:
    """Return logits bound to (-value, value) by a hyperbolic tangent."""
    return torch.tanh(logits / value) * value


ARITHMETIC: dict[str, Callable[[torch.Tensor, float], torch.Tensor]] = {
    "logits_scaling": divide,
    "logit_scale": multiply,
    "lm_head_multiplier": multiply,
    "output_multiplier": multiply,
    "final_logit_softcapping": cap,
    "logits_soft_cap": cap,
    "output_logit_soft_cap": cap,
}


def decoder_of(model: PreTrainedModel) -> Any:
    """Return the part of a model whose output is its last hidden states.

    Llama 4's class names a part that it has not, for which transformers returns the whole model.
    """
    found = model.get_decoder()
    if found is not model:
        return found
    return next(part for part in model.children() if isinstance(part, PreTrainedModel))


def head_logits(model: PreTrainedModel, hidden: torch.Tensor) -> torch.Tensor:
    """Return logits (n, vocabulary) of last hidden states (n, width), in the head's number type."""
    head: Any = model.get_output_embeddings()
    logits: torch.Tensor = head(hidden)
    config = model.config.get_text_config()
    for name, apply in ARITHMETIC.items():
        value = getattr(config, name, None)
        if value:
            logits = apply(logits, value)
    return logits
