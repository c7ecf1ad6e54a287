"""LoRA (Hu et al. 2021) and QLoRA (Dettmers et al. 2023) as recipes, through peft."""

from typing import Any, cast

import torch
from transformers import PreTrainedModel

from scripts.common.errors import InputError
from scripts.study.lora_targets import find_targets
from scripts.study.recipe import Lora

ALPHA = 16  # where a recipe leaves it unset


def quantization(lora: Lora | None) -> Any:
    """Return transformers' 4-bit settings for QLoRA, or None.

    Raises:
        InputError: if the recipe asks for 4 bits and bitsandbytes is not installed.
    """
    if not lora or not lora.bits:
        return None
    try:
        import bitsandbytes  # noqa: F401
    except ImportError:
        raise InputError(
            "recipe.lora.bits: 4 bits need bitsandbytes; pip install bitsandbytes"
        ) from None
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16 if torch.cuda.is_available() else torch.float32,
    )


def add_lora(model: PreTrainedModel, lora: Lora) -> Any:
    """Add low-rank matrices to the model in place; nothing else is trained any more.

    Raises:
        InputError: if the model has none of the layers that the recipe names.
    """
    from peft import LoraConfig, get_peft_model

    weights = {name: getattr(layer, "weight", None) for name, layer in model.named_modules()}
    layers = [
        name
        for name, weight in weights.items()
        if isinstance(weight, torch.Tensor) and weight.dim() == 2
    ]
    try:
        return get_peft_model(
            model,
            LoraConfig(
                r=lora.rank,
                lora_alpha=ALPHA if lora.alpha is None else cast(int, lora.alpha),
                lora_dropout=lora.dropout or 0.0,
                target_modules=find_targets(lora, layers),
                task_type="CAUSAL_LM",
            ),
        )
    except ValueError as error:
        raise InputError(f"lora.targets: {str(error).splitlines()[0]}") from None


def merge_lora(
    model: PreTrainedModel, lora: Lora, weights: dict[str, torch.Tensor]
) -> PreTrainedModel:
    """Return the float32 parent with the trained matrices multiplied into its weights."""
    adapted = add_lora(model, lora)
    left = model.load_state_dict(weights, strict=False)
    assert not left.unexpected_keys, left.unexpected_keys
    return adapted.merge_and_unload()
