"""Packed rows on disk: any rows of any step, at once, whatever the position."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from scripts.common.errors import InputError

COLUMNS = ("input_ids", "position_ids", "labels")


class MappedRows:
    """The rows of ``rows.arrow``, mapped into memory; the order of the file is that of training."""

    def __init__(self, path: Path, length: int) -> None:
        self.length = length
        try:
            self.batches = list(pa.ipc.open_stream(pa.memory_map(str(path))))
        except (OSError, pa.ArrowInvalid) as error:
            raise InputError(f"{path}: cannot be read ({error}); delete it and run again") from None
        self.starts = np.cumsum([0, *(batch.num_rows for batch in self.batches)])

    def __len__(self) -> int:
        return int(self.starts[-1])

    def column(self, name: str, start: int, stop: int) -> list[pa.Array]:
        """Return the column's values in rows `start` to `stop`, an array a stored batch."""
        first = int(np.searchsorted(self.starts, start, side="right")) - 1
        found = []
        while start < stop:
            offset = start - int(self.starts[first])
            count = min(stop - start, self.batches[first].num_rows - offset)
            found.append(self.batches[first].column(name).slice(offset, count))
            start, first = start + count, first + 1
        return found

    def tensors(self, start: int, stop: int) -> dict[str, torch.Tensor]:
        """Return input_ids, position_ids and labels of the rows, each int64 (rows, length)."""
        return {
            name: torch.from_numpy(
                np.concatenate(
                    [part.flatten().to_numpy() for part in self.column(name, start, stop)]
                )
                .reshape(-1, self.length)
                .astype(np.int64)
            )
            for name in COLUMNS
        }

    def total(self, name: str, start: int, stop: int) -> int:
        """Return the sum of a counting column over the rows."""
        return sum(int(part.to_numpy().sum()) for part in self.column(name, start, stop))

    def examples(self, start: int, stop: int) -> int:
        """Return how many examples the rows hold."""
        parts = self.column("records", start, stop)
        return sum(int(part.value_lengths().to_numpy().sum()) for part in parts)

    def records(self, start: int, stop: int) -> list[str]:
        """Return the records (``<dataset>:<id>``) that the rows hold, in order."""
        parts = self.column("records", start, stop)
        return [name for part in parts for row in part.to_pylist() for name in row]


def micro_batches(
    step: int, batch: int, rank: int, size: int, micro_batch: int
) -> list[tuple[int, int]]:
    """Return the (start, stop) of a process's micro-batches in the step's global batch.

    The global batch is rows ``step × batch`` on; every process takes an equal run of them.
    """
    share = batch // size
    first = step * batch + rank * share
    return [(start, start + micro_batch) for start in range(first, first + share, micro_batch)]
