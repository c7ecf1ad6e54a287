"""Where memory does not suffice: fewer rows at a time."""

from typing import Any

import torch

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.shortages import is_short_of_memory
from scripts.infer.resume import Predict


def check_short(error: RuntimeError, rows: int) -> None:
    """Return where an error says that memory was short for several `rows`.

    Raises:
        InputError: if a row alone was too much.
        RuntimeError: the error, if it was another one.
    """
    if not is_short_of_memory(error) and not isinstance(error, torch.OutOfMemoryError):
        raise error
    if rows == 1:
        raise InputError("one record at a time is too much for this device's memory") from None


def in_memory(predict: Predict) -> Predict:
    """Return a `predict` that takes a batch in halves where memory does not suffice for it."""

    def predict_parts(rows: list[int], done: Any) -> list[dict[str, Any]]:
        """Predict some rows."""
        try:
            return predict(rows, done)
        except (torch.OutOfMemoryError, RuntimeError) as error:
            check_short(error, len(rows))
        half = len(rows) // 2
        log.warning("out of memory with %d records at a time: %d now", len(rows), half)
        return predict_parts(rows[:half], done) + predict_parts(rows[half:], done)

    return predict_parts
