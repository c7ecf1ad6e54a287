"""Log-likelihoods of given tokens, with the output layer only where one is predicted."""

import torch
from transformers import PreTrainedModel

from scripts.convert.head import decoder_of, head_logits
from scripts.infer.finite import check_finite

# Logits are made for as many positions at a time as fit this many numbers (64 MiB in float32):
# a vocabulary of 49,152 at 32 x 512 positions would be 3 GiB at once, and twice that with the
# log-softmax.
LOGITS_AT_ONCE = 2**24
# The ways of computing several texts, from the fastest.
PADDED = "padded texts"
ALONE = "a text at a time"


def token_log_probs(
    model: PreTrainedModel, hidden: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    """Return log p of `targets` (n) in nats, given last hidden states (n, width); float32.

    Raises:
        InputError: if the model gives none.
    """
    rows = model.get_output_embeddings().weight.shape[0]
    chunk = max(1, LOGITS_AT_ONCE // rows)
    found = []
    for states, wanted in zip(hidden.split(chunk), targets.split(chunk), strict=True):
        logits = head_logits(model, states).float()
        chosen = logits.gather(1, wanted[:, None])[:, 0]
        found.append(chosen - logits.logsumexp(1))
    whole = torch.cat(found) if found else hidden.new_zeros(0, dtype=torch.float32)
    check_finite(whole)
    return whole


def measure_windows(
    model: PreTrainedModel, windows: list[list[int]], pad: int, way: str = PADDED
) -> list[torch.Tensor]:
    """Return each window's nats: -log p of every id but the first, float64.

    Windows are padded on the right, where under causal attention no real token sees it, so that
    no mask is needed and attention takes its fast path; or each is computed alone.
    """
    if way == ALONE and len(windows) > 1:
        return [measure_windows(model, [window], pad)[0] for window in windows]
    width = max(map(len, windows)) - 1
    rows = [window + [pad] * (width + 1 - len(window)) for window in windows]
    ids = torch.tensor(rows, device=model.device)
    hidden = decoder_of(model)(input_ids=ids[:, :-1], use_cache=False).last_hidden_state
    lengths = [len(window) - 1 for window in windows]
    real = torch.arange(width) < torch.tensor(lengths)[:, None]
    real = real.to(model.device)
    found = token_log_probs(model, hidden[real], ids[:, 1:][real]).double().split(lengths)
    return [-part for part in found]
