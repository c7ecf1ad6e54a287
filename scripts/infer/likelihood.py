"""Log-likelihoods of given tokens, with the output layer only where one is predicted."""

import torch
from transformers import PreTrainedModel

from scripts.convert.head import head_logits

# Logits are made for as many positions at a time as fit this many numbers (64 MiB in float32):
# a vocabulary of 49,152 at 32 x 512 positions would be 3 GiB at once, and twice that with the
# log-softmax.
LOGITS_AT_ONCE = 2**24


def token_log_probs(
    model: PreTrainedModel, hidden: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    """Return log p of `targets` (n) in nats, given last hidden states (n, width); float32."""
    rows = model.get_output_embeddings().weight.shape[0]
    chunk = max(1, LOGITS_AT_ONCE // rows)
    found = []
    for states, wanted in zip(hidden.split(chunk), targets.split(chunk), strict=True):
        logits = head_logits(model, states).float()
        chosen = logits.gather(1, wanted[:, None])[:, 0]
        found.append(chosen - logits.logsumexp(1))
    return torch.cat(found) if found else hidden.new_zeros(0, dtype=torch.float32)
