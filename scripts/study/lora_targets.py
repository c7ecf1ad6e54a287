"""Which of a model's matrices a recipe's LoRA adapters are added to."""

import re
from collections.abc import Iterable

from scripts.common.errors import InputError, nearest
from scripts.study.recipe import Lora

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj")  # attention as most architectures have it
# A matrix that mixes tokens: of attention (GPT-2's c_attn, Phi-3's qkv_proj, BLOOM's
# query_key_value, DeepSeek's q_a_proj …), of gated delta rules and of short convolutions, or the
# input of a state-space layer, whose output peft cannot adapt.
MIXING = re.compile(
    r"(?:^|\.)(?P<parent>\w*(?:attn|attention)\w*|conv)\.(?P<name>\w+)$"
    r"|(?:^|\.)(?P<mixer>mixer|mamba)\.(?P<input>in_proj)$"
)
NO_MATRIX = re.compile(r"norm|rotary|bias$|^conv1d$")


def find_targets(lora: Lora, layers: Iterable[str]) -> list[str]:
    """Return the names of the adapted matrices: the recipe's, or those that mix tokens.

    Args:
        lora: the recipe's.
        layers: the full names of the model's matrices, such as ``model.layers.0.mlp.up_proj``. A
            target is one of them, or the last part of some.

    Raises:
        InputError: if a target is none of them; peft says so only where it finds not a single one.
    """
    names = list(layers)
    targets = list(lora.targets or default_targets(names))
    for target in targets:
        if not any(f".{name}".endswith(f".{target}") for name in names):
            ends = {name.rpartition(".")[2] for name in names}
            hint = nearest(target, ends)
            raise InputError(f"lora.targets: the model has no matrix {target!r}{hint}")
    return targets


def default_targets(layers: list[str]) -> tuple[str, ...]:
    """Return the matrices of a model that mix tokens, by the shortest names that mean no others."""
    found: dict[str, str] = {}
    for layer in layers:
        match = MIXING.search(layer)
        if match:
            name = match["name"] or match["input"]
            if not NO_MATRIX.search(name):
                found.setdefault(name, match["parent"] or match["mixer"])
    chosen = [shortest(name, parent, layers) for name, parent in found.items()]
    return tuple(chosen) if chosen and set(chosen) != set(TARGETS) else TARGETS


def shortest(name: str, parent: str, layers: list[str]) -> str:
    """Return a name, with its parent's before it where matrices elsewhere have the same name."""
    same = [layer for layer in layers if layer.endswith(f".{name}")]
    return name if all(map(MIXING.search, same)) else f"{parent}.{name}"
