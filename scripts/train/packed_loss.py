"""The loss of packed rows, with the vocabulary's logits only where loss is."""

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from scripts.train.packing import IGNORED


class PackedLoss(nn.Module):
    """A model whose forward pass returns the summed loss of packed rows.

    One module for all engines: DDP, FSDP and DeepSpeed hook into its `forward`.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: torch.Tensor, position_ids: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        """Return the summed cross-entropy in nats, a float32 scalar; see `packed_loss`."""
        return packed_loss(self.model, input_ids, position_ids, labels)


def packed_loss(
    model: PreTrainedModel,
    input_ids: torch.Tensor,
    position_ids: torch.Tensor,
    labels: torch.Tensor,
) -> torch.Tensor:
    """Return the summed cross-entropy in nats, a scalar.

    Args:
        model: a decoder with an output embedding.
        input_ids: (rows, length).
        position_ids: (rows, length); they restart at each example, from which transformers builds
            block-diagonal attention.
        labels: (rows, length); equal to the ids where a token carries loss, else -100.

    The output embedding (a third of SmolLM2's work) sees only hidden states that predict a label:
    (loss-bearing tokens, width) instead of (rows, length, width).
    """
    hidden = model.get_decoder()(
        input_ids=input_ids, position_ids=position_ids, use_cache=False
    ).last_hidden_state
    targets = labels[:, 1:].reshape(-1)
    predicts = (targets != IGNORED).nonzero().squeeze(1)
    hidden = hidden[:, :-1].reshape(-1, hidden.shape[-1]).index_select(0, predicts)
    logits = model.get_output_embeddings()(hidden)
    return cross_entropy(logits.float(), targets[predicts], reduction="sum")
