"""An answer's text while it is being generated."""

import time
from collections.abc import Callable

from transformers import PreTrainedTokenizerBase

from scripts.infer.ending import Ending
from scripts.infer.pick import Row

# Is told the answer's text so far.
Told = Callable[[str], None]


class Stream(Ending):
    """An `Ending` that tells the text so far, and ends an answer that someone interrupts.

    Answers have the tokens that they have without it, up to where they are interrupted.

    Args:
        told: is told the text whenever it has become longer; what may yet turn out to close the
            answer, or is part of a character, is told later or never.
        wanted: tells whether the answer is still wanted.
        seconds: after which the answer ends where it is; None: never.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        end: str,
        limit: int,
        stop: tuple[str, ...] = (),
        told: Told = lambda text: None,
        wanted: Callable[[], bool] = lambda: True,
        seconds: float | None = None,
    ) -> None:
        super().__init__(tokenizer, end, limit, stop)
        self.told, self.wanted = told, wanted
        self.deadline = time.monotonic() + seconds if seconds is not None else float("inf")
        self.text, self.first, self.broken = "", 0.0, False

    def __call__(self, row: Row) -> bool:
        """Tell whether a row's answer is complete or interrupted; tell its text."""
        self.first = self.first or time.monotonic()
        complete = super().__call__(row)
        text = self.read(row.answer) if complete else self.hold_back(self.read(row.answer))
        if len(text) > len(self.text):
            self.text = text
            self.told(text)
        return complete or self.interrupted()

    def interrupted(self) -> bool:
        """Tell whether the answer is no longer wanted, or has taken too long."""
        self.broken = self.broken or not self.wanted() or time.monotonic() > self.deadline
        return self.broken

    def hold_back(self, text: str) -> str:
        """Return a text without what may be the beginning of a closing text or of a character."""
        text = text.rstrip("\ufffd")
        for closing in (self.end, *self.stop):
            for size in range(min(len(closing) - 1, len(text)), 0, -1):
                if text.endswith(closing[:size]):
                    text = text[:-size]
                    break
        return text.rstrip()
