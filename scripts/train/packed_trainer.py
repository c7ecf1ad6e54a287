"""transformers' `Trainer` on packed rows, with the vocabulary's logits only where loss is."""

from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel, Trainer

from scripts.train.packing import IGNORED


class PackedTrainer(Trainer):
    """`Trainer` whose loss is `packed_loss` over the loss-bearing tokens of the global batch."""

    def compute_loss(
        self,
        model: PreTrainedModel,
        inputs: dict[str, torch.Tensor],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """Return the summed loss divided by the loss-bearing tokens of the whole global batch."""
        total = packed_loss(self.accelerator.unwrap_model(model), inputs)
        loss = total / num_items_in_batch
        return (loss, None) if return_outputs else loss


def packed_loss(model: PreTrainedModel, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the summed cross-entropy in nats, a scalar.

    Args:
        model: a decoder with an output embedding.
        inputs: `input_ids`, `position_ids` and `labels`, each (rows, length). Position ids restart
            at each example, from which transformers builds block-diagonal attention.

    The output embedding (a third of SmolLM2's work) sees only hidden states that predict a label:
    (loss-bearing tokens, width) instead of (rows, length, width).
    """
    hidden = model.get_decoder()(
        input_ids=inputs["input_ids"], position_ids=inputs["position_ids"], use_cache=False
    ).last_hidden_state
    targets = inputs["labels"][:, 1:]
    predicts = targets != IGNORED
    logits = model.get_output_embeddings()(hidden[:, :-1][predicts])
    return cross_entropy(logits.float(), targets[predicts], reduction="sum")
