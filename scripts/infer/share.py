"""Which batches of a benchmark this process answers, where several share them.

The batches are the same whatever the number of processes: process number k of n answers the k-th,
the (k + n)-th … It keeps them in a journal of its own, and all of them together are the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass


class ShareDone(Exception):
    """Process number 1, 2 … has answered its share: the first one writes the predictions."""


def do_nothing() -> None:
    """Wait for nobody."""


@dataclass(frozen=True)
class Share:
    """The part of process `number` of `count`; number 0 joins all parts.

    Attributes:
        check: raises `InputError` where another process has failed; called before each batch.
        wait: returns once the others have answered their parts, with the same error.
    """

    number: int = 0
    count: int = 1
    check: Callable[[], None] = do_nothing
    wait: Callable[[], None] = do_nothing

    def has(self, batch: int) -> bool:
        """Tell whether a batch is of this part."""
        return batch % self.count == self.number


WHOLE = Share()
