"""Token ids on which small copies of models are measured, and what a plain forward pass says."""

import numpy as np
import torch
from transformers import PreTrainedModel

from scripts.convert.small_copy import PIECES

# Beyond the copies' window of 16 tokens, at it, and below it.
LENGTHS = (41, 5, 17, 16, 30)
BEGINNING = 4  # tokens that all texts share


def probe_texts(*lengths: int) -> list[list[int]]:
    """Return random ids, apart from the special ones; the first ones are the same in all."""
    draw = np.random.default_rng(3)
    return [
        [7, 8, 9, 10, *draw.integers(11, PIECES, length - BEGINNING).tolist()] for length in lengths
    ]


def plain_logits(model: PreTrainedModel, ids: list[int]) -> torch.Tensor:
    """Return the logits (tokens, vocabulary) of a pass over one text, without a cache; float32."""
    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float()


def log_prob(model: PreTrainedModel, prompt: list[int], answer: list[int]) -> float:
    """Return log p(answer | prompt) in nats."""
    found = plain_logits(model, prompt + answer)[len(prompt) - 1 : -1].log_softmax(-1)
    return found.gather(1, torch.tensor(answer)[:, None]).sum().item()
