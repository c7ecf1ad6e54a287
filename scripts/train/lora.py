"""LoRA (Hu et al. 2021) and QLoRA (Dettmers et al. 2023) as recipes, through peft."""

from typing import Any

import torch
from transformers import PreTrainedModel

from scripts.common.errors import InputError

DEFAULTS = {"alpha": 16, "dropout": 0.0, "targets": ["q_proj", "k_proj", "v_proj", "o_proj"]}
Lora = dict[str, Any]


def quantization(lora: Lora | None) -> Any:
    """Return transformers' 4-bit settings for QLoRA, or None.

    Raises:
        InputError: if the recipe asks for 4 bits and bitsandbytes is not installed.
    """
    if not lora or "bits" not in lora:
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

    settings = DEFAULTS | lora
    try:
        return get_peft_model(
            model,
            LoraConfig(
                r=settings["rank"],
                lora_alpha=settings["alpha"],
                lora_dropout=settings["dropout"],
                target_modules=settings["targets"],
                task_type="CAUSAL_LM",
            ),
        )
    except ValueError as error:
        raise InputError(f"recipe.lora.targets: {str(error).splitlines()[0]}") from None


def merge_lora(
    model: PreTrainedModel, lora: Lora, weights: dict[str, torch.Tensor]
) -> PreTrainedModel:
    """Return the float32 parent with the trained matrices multiplied into its weights."""
    adapted = add_lora(model, lora)
    left = model.load_state_dict(weights, strict=False)
    assert not left.unexpected_keys, left.unexpected_keys
    return adapted.merge_and_unload()
