"""A warm-up of the vocabulary: only the rows of the new tokens are trained, all else is frozen.

peft's `TrainableTokens` would do it too, but it copies the whole matrix in each forward pass and
makes a gradient for all of it. Here the matrix is frozen and the new rows are a weight of their
own, so gradient, optimizer and checkpoint have the size of these rows alone.
"""

from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import embedding, linear
from transformers import PreTrainedModel

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.tokenizer.extension_file import EXTENSION


class InputRows(nn.Module):
    """An embedding whose rows from `first` on are `rows`, (new tokens, width)."""

    def __init__(self, matrix: nn.Embedding, rows: nn.Parameter, first: int) -> None:
        super().__init__()
        # The matrix is a weight of this module itself: FSDP and ZeRO-3 gather where they find it.
        self.weight, self.rows, self.first = matrix.weight, rows, first

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the vectors of `ids`: (…) to (…, width)."""
        place = ids - self.first
        new = (place >= 0) & (place < len(self.rows))
        rows = embedding(place.clamp(0, len(self.rows) - 1), self.rows)
        return torch.where(new.unsqueeze(-1), rows, embedding(ids, self.weight))


class OutputRows(nn.Module):
    """An output matrix whose rows from `first` on are `rows`, (new tokens, width)."""

    def __init__(self, matrix: nn.Linear, rows: nn.Parameter, first: int) -> None:
        super().__init__()
        self.weight, self.bias, self.rows, self.first = matrix.weight, matrix.bias, rows, first

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the logits of `hidden`: (…, width) to (…, vocabulary)."""
        end = self.first + len(self.rows)
        parts = (self.weight[: self.first], self.rows, self.weight[end:])
        logits = torch.cat([linear(hidden, part) for part in parts], dim=-1)
        return logits if self.bias is None else logits + self.bias


def find_new_rows(folder: Path) -> range:
    """Return the ids of the tokens that the last extension of a model brought.

    Raises:
        InputError: if the model's folder does not say, or they are among the old ones.
    """
    if not (folder / EXTENSION).is_file():
        raise InputError(
            f"{folder}: found no {EXTENSION}, expected that of a model with 'extend', or of one "
            "trained from it, for 'trains: new_rows'; if it was trained before there was such a "
            "recipe, delete the folder and run again"
        )
    extension = read_json(folder / EXTENSION)
    if extension.get("removed", {}).get("in_place"):
        raise InputError(
            f"{folder}: its new tokens have the ids of dropped ones; 'trains: new_rows' expects "
            "their rows behind the others"
        )
    return range(extension["base_size"], extension["size"])


def add_new_rows(model: PreTrainedModel, new: range) -> None:
    """Make the rows of the ids `new` the only weights that are trained, in place.

    Matrices that are tied get one weight for both.

    Raises:
        InputError: if the model's matrices are not plain ones, or there is no new row.
    """
    matrices: Any = (model.get_input_embeddings(), model.get_output_embeddings())
    if [type(matrix) for matrix in matrices] != [nn.Embedding, nn.Linear]:
        raise InputError(
            "recipe.trains: new_rows takes a plain embedding and a plain output matrix, found "
            f"{' and '.join(type(matrix).__name__ for matrix in matrices)}; write all"
        )
    if not new:
        raise InputError("recipe.trains: new_rows, but the parent's extension brought no token")
    model.requires_grad_(False)
    tied = matrices[0].weight is matrices[1].weight
    inputs = copy_rows(matrices[0].weight, new)
    outputs = inputs if tied else copy_rows(matrices[1].weight, new)
    model.set_input_embeddings(InputRows(matrices[0], inputs, new.start))
    model.set_output_embeddings(OutputRows(matrices[1], outputs, new.start))


def copy_rows(matrix: torch.Tensor, new: range) -> nn.Parameter:
    """Return the rows of the ids `new` as a weight of their own."""
    return nn.Parameter(matrix[new.start : new.stop].detach().clone())


@torch.no_grad()
def merge_new_rows(model: PreTrainedModel, new: range, weights: dict[str, torch.Tensor]) -> None:
    """Write the trained rows into the matrices of the float32 parent.

    Args:
        model: the parent as it was; every other number in it stays.
        new: the ids of the rows.
        weights: the trained rows by name; of tied matrices those of the input are enough.
    """
    names = {id(module): name for name, module in model.named_modules()}
    matrices: Any = (model.get_input_embeddings(), model.get_output_embeddings())
    for matrix in matrices:
        rows = weights.get(f"{names[id(matrix)]}.rows")
        if rows is not None:
            matrix.weight[new.start : new.stop] = rows
