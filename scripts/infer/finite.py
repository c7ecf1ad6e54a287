"""Numbers of a model that are none (NaN, infinite) end a run: what is made of them looks right."""

import torch

from scripts.common.errors import InputError


def check_finite(values: torch.Tensor) -> None:
    """Refuse logits or log-likelihoods that are not finite.

    The likeliest of such tokens, or choices, would be the first, and nobody would be told.

    Raises:
        InputError: if any is not.
    """
    if not torch.isfinite(values).all():
        raise InputError(
            "the model gives NaN or infinity for likelihoods; its weights are damaged, or its "
            "training has diverged"
        )
