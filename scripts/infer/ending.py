"""Where an answer ends: at the format's end, at a text to stop at, at its longest; and its text."""

from functools import cached_property

from transformers import PreTrainedTokenizerBase

from scripts.infer.pick import Row

# A text to stop at is looked for in the last ids: each has a byte of it, the first maybe another's.
MARGIN = 4


class Ending:
    """Tells when an answer is complete, and reads it.

    Args:
        tokenizer: of the model.
        end: the text that closes an answer in the model's format.
        limit: ids that an answer has at most.
        stop: texts before the first of which an answer ends.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, end: str, limit: int, stop: tuple[str, ...] = ()
    ) -> None:
        self.tokenizer, self.end, self.limit, self.stop = tokenizer, end, limit, stop

    @cached_property
    def ends(self) -> list[list[int]]:
        """The id sequences that close an answer: `end`, and the tokenizer's end of text."""
        eos = [self.tokenizer.eos_token_id]
        end = self.tokenizer(self.end, add_special_tokens=False)["input_ids"]
        return [eos, end] if end and end != eos else [eos]

    def __call__(self, row: Row) -> bool:
        """Tell whether a row's answer is complete."""
        full = len(row.answer) >= self.limit
        return full or has_ended(row.answer, self.ends) or self.stopped(row.answer)

    def interrupted(self) -> bool:
        """Tell whether answers are to end here, complete or not; asked where none is complete."""
        return False

    def stopped(self, ids: list[int]) -> bool:
        """Tell whether one of the texts has just been written."""
        if not self.stop:
            return False
        size = max(len(text.encode()) for text in self.stop) + MARGIN
        tail = self.tokenizer.decode(ids[-size:], skip_special_tokens=True)
        return any(text in tail for text in self.stop)

    def read(self, ids: list[int]) -> str:
        """Return generated ids as text, without what closes it and without space around it."""
        for closing in self.ends:
            if ids[-len(closing) :] == closing:
                ids = ids[: -len(closing)]
                break
        text = str(self.tokenizer.decode(ids, skip_special_tokens=True))
        for closing_text in (self.end, *self.stop):
            text = text.split(closing_text)[0]
        return text.strip()


def has_ended(answer: list[int], ends: list[list[int]]) -> bool:
    """Tell whether the answer's last ids close it."""
    return any(answer[-len(end) :] == end for end in ends)
