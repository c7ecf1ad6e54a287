"""Which of a model's matrices a recipe's LoRA adapters are added to."""

from collections.abc import Iterable

from scripts.common.errors import InputError, nearest
from scripts.study.recipe import Lora

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj")  # where a recipe leaves them unset


def find_targets(lora: Lora, layers: Iterable[str]) -> list[str]:
    """Return the names of the adapted matrices, the recipe's or `TARGETS`.

    Args:
        layers: the full names of the model's layers, such as ``model.layers.0.mlp.up_proj``. A
            target is one of them, or the last part of some.

    Raises:
        InputError: if a target is none of them; peft says so only where it finds not a single one.
    """
    targets = list(lora.targets or TARGETS)
    names = list(layers)
    for target in targets:
        if not any(f".{name}".endswith(f".{target}") for name in names):
            ends = {name.rpartition(".")[2] for name in names}
            hint = nearest(target, ends)
            raise InputError(f"lora.targets: the model has no matrix {target!r}{hint}")
    return targets
