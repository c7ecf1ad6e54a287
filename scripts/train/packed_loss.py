"""The loss of packed rows, with the vocabulary's logits only where loss is."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, pad
from transformers import PreTrainedModel

from scripts.convert.head import decoder_of, head_logits
from scripts.pack.packing import IGNORED
from scripts.train.half_loss import HalfLoss
from scripts.train.segment_attention import NAME
from scripts.train.shared_prefixes import (
    Example,
    SharedPrefixes,
    find_examples,
    find_targets,
    merge_prefixes,
)

# In bf16 on a CPU a stage's memory grew by 1.9 GiB in 56 steps, probably since oneDNN keeps a
# kernel for each size of product that it has met. So numbers of tokens are rounded up there.
SIZES = 32
WIDTHS = 64


class PackedLoss(nn.Module):
    """A model whose forward pass returns the summed loss of packed rows.

    One module for all engines: DDP, FSDP and DeepSpeed hook into its `forward`. `apart`: each
    example is computed in a row of its own (`scripts.train.ways`).
    """

    def __init__(self, model: PreTrainedModel, apart: bool = False) -> None:
        super().__init__()
        self.model, self.apart = model, apart

    def forward(
        self, input_ids: torch.Tensor, position_ids: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        """Return the summed cross-entropy in nats, a float32 scalar; see `packed_loss`.

        Without gradients the loss is measured, not trained on: nothing is dropped out, and no
        random number is drawn that training would then miss.
        """
        if self.model.training != torch.is_grad_enabled():
            self.model.train(torch.is_grad_enabled())
        return packed_loss(self.model, input_ids, position_ids, labels, self.apart)


def packed_loss(
    model: PreTrainedModel,
    input_ids: torch.Tensor,
    position_ids: torch.Tensor,
    labels: torch.Tensor,
    apart: bool = False,
) -> torch.Tensor:
    """Return the summed cross-entropy in nats, a scalar.

    Args:
        model: a decoder with an output embedding.
        input_ids: (rows, length).
        position_ids: (rows, length); they restart at each example, from which transformers builds
            block-diagonal attention.
        labels: (rows, length); equal to the ids where a token carries loss, else -100.
        apart: whether each example gets a row of its own, for decoders in which packed ones would
            see one another.

    The output embedding (a third of SmolLM2's work) sees only hidden states that predict a label:
    (loss-bearing tokens, width) instead of (rows, length, width).
    """
    rows = {"input_ids": input_ids, "position_ids": position_ids, "labels": labels}
    if apart:
        return separate_loss(model, find_examples(**rows))
    if model.config._attn_implementation == NAME:
        return merged_loss(model, merge_prefixes(**rows))
    input_ids, position_ids, labels = trim(input_ids, position_ids, labels)
    # The hidden state at a place predicts the token after it; the last one predicts nothing.
    hidden = decode(model, input_ids=input_ids, position_ids=position_ids)[:, :-1]
    targets = labels[:, 1:].reshape(-1)
    predicts = (targets != IGNORED).nonzero().squeeze(1)
    return head_loss(model, hidden, predicts, targets[predicts])


def trim(
    input_ids: torch.Tensor, position_ids: torch.Tensor, labels: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return rows without the columns behind the last label, on which no loss depends.

    Rows of one record each are mostly padding. A multiple of 64 columns stays, as GPUs like them.
    """
    places = (labels != IGNORED).any(0).nonzero()
    end = int(places.max()) + 1 if len(places) else labels.shape[1]
    end = -(-end // WIDTHS) * WIDTHS
    return input_ids[:, :end], position_ids[:, :end], labels[:, :end]


def merged_loss(model: PreTrainedModel, merged: SharedPrefixes) -> torch.Tensor:
    """Return the summed cross-entropy in nats of a micro-batch in the form of a merged."""
    ids, positions = merged.input_ids, merged.position_ids
    if in_half(model):
        # Tokens behind all examples, which no example attends to and no label is predicted from.
        more = -ids.shape[1] % SIZES
        ids, positions = pad(ids, (0, more)), pad(positions, (0, more))
    hidden = decode(model, input_ids=ids, position_ids=positions, buckets=merged.buckets)
    return head_loss(model, hidden, merged.predicts, merged.targets)


def separate_loss(model: PreTrainedModel, examples: list[Example]) -> torch.Tensor:
    """Return the summed cross-entropy in nats, each example in a row of its own.

    Short examples are padded after their end, where no token of theirs looks.
    """
    longest = max(len(tokens) for tokens, _ in examples)
    ids = torch.zeros(len(examples), longest, dtype=torch.int64)
    for row, (tokens, _) in zip(ids, examples, strict=True):
        row[: len(tokens)] = torch.from_numpy(tokens)
    places = [row * longest + np.arange(len(tokens)) for row, (tokens, _) in enumerate(examples)]
    predicts, targets = (part.to(model.device) for part in find_targets(examples, places))
    return head_loss(model, decode(model, input_ids=ids.to(model.device)), predicts, targets)


def in_half(model: PreTrainedModel) -> bool:
    """Tell whether the model computes in bf16."""
    return bool(model.get_output_embeddings().weight.dtype == torch.bfloat16)


def decode(model: PreTrainedModel, **inputs: Any) -> torch.Tensor:
    """Return the decoder's last hidden states, (rows, length, width)."""
    found: torch.Tensor = decoder_of(model)(use_cache=False, **inputs).last_hidden_state
    return found


def head_loss(
    model: PreTrainedModel, hidden: torch.Tensor, predicts: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    """Return the summed cross-entropy in nats of `targets`, predicted from places in `hidden`."""
    # Chosen before the output matrix and not masked after it: logits of a vocabulary of 50,000 in
    # float32 are 200 kB a token, the largest tensor of the step, and most places carry no loss.
    hidden = hidden.reshape(-1, hidden.shape[-1]).index_select(0, predicts)
    count = len(targets)
    if in_half(model) and hidden.device.type == "cpu":
        hidden = pad(hidden, (0, 0, 0, -count % SIZES))
    logits = head_logits(model, hidden)
    logits = logits[:count] if len(logits) > count else logits
    # A sum, not a mean: micro-batches and processes differ in how many tokens carry loss, and only
    # the loop knows how many the global batch has. In float32: half precision has three digits.
    if logits.dtype == torch.bfloat16:
        loss: torch.Tensor = HalfLoss.apply(logits, targets)
        return loss
    return cross_entropy(logits.float(), targets, reduction="sum")
