"""Which token comes next: the likeliest, one that is drawn, or one that continues a label."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from scripts.infer.finite import check_finite
from scripts.study.answer import COLDEST, Answer

# `top_p` is looked for among so many likeliest tokens first: sorting a vocabulary is slow.
FEW = 256


@dataclass
class Row:
    """A prompt that is being answered: its number, its tokens in the cache, its answer so far."""

    number: int
    length: int
    answer: list[int] = field(default_factory=list)


# The next token of each row, from logits of shape (rows, vocabulary).
Pick = Callable[[list[Row], torch.Tensor], list[int]]
Ended = Callable[[Row], bool]


def checked(pick: Pick) -> Pick:
    """Return a `pick` that refuses logits which are no numbers."""

    def pick_checked(rows: list[Row], logits: torch.Tensor) -> list[int]:
        """Return a token a row."""
        # The greatest is NaN where any is; some models give what cannot follow minus infinity.
        check_finite(logits.amax(-1))
        return pick(rows, logits)

    return pick_checked


def pick_likeliest(rows: list[Row], logits: torch.Tensor) -> list[int]:
    """Return each row's likeliest token."""
    found: list[int] = logits.argmax(-1).tolist()
    return found


class Sampler:
    """Draws tokens at a temperature, of each record by a generator of its own.

    A row's numbers come from the seed and its record's id alone, so that the answer does not depend
    on what it is computed with.
    """

    def __init__(self, answer: Answer, seed: int, ids: Sequence[str]) -> None:
        self.answer = answer
        self.generators = [random.Random(f"{seed} {name}") for name in ids]

    def __call__(self, rows: list[Row], logits: torch.Tensor) -> list[int]:
        """Return a token a row."""
        return [
            self.draw(row_logits, self.generators[row.number].random())
            for row, row_logits in zip(rows, logits, strict=True)
        ]

    def draw(self, logits: torch.Tensor, number: float) -> int:
        """Return the token at which the cumulated probability passes `number`, in [0, 1)."""
        probabilities = (logits.float() / max(self.answer.temperature, COLDEST)).softmax(-1)
        tokens = None
        if self.answer.top_k:
            few = min(self.answer.top_k, len(probabilities))
            probabilities, tokens = probabilities.topk(few)
            probabilities = probabilities / probabilities.sum()
        if self.answer.top_p < 1:
            probabilities, order = nucleus(probabilities, self.answer.top_p)
            tokens = order if tokens is None else tokens[order]
        sums = probabilities.double().cumsum(0)
        # Rounding may leave the product at the very end, behind the last token.
        place = int(torch.searchsorted(sums, number * sums[-1], right=True))
        place = min(place, len(sums) - 1)
        return place if tokens is None else int(tokens[place])


def nucleus(probabilities: torch.Tensor, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the fewest likeliest tokens that have a share together: probabilities and places."""
    found, order = probabilities.topk(min(FEW, len(probabilities)))
    if float(found.double().sum()) < share:
        found, order = probabilities.sort(descending=True)
    # A token stays if those before it do not have the share yet.
    before = found.double().cumsum(0) - found.double()
    kept = int((before < share).sum())
    return found[:kept], order[:kept]


class RecordLabels:
    """Takes tokens as the `Labels` of each row's record do."""

    def __init__(self, rows: Sequence["Labels"]) -> None:
        self.rows = rows

    def __call__(self, rows: list[Row], logits: torch.Tensor) -> list[int]:
        """Return a token a row."""
        pairs = zip(rows, logits, strict=True)
        return [self.rows[row.number]([row], one[None])[0] for row, one in pairs]

    def ended(self, row: Row) -> bool:
        """Tell whether a row's answer is one of its texts."""
        return self.rows[row.number].ended(row)


class Labels:
    """Takes the likeliest of the tokens that continue one of some texts.

    Where a text is the beginning of another, `end` closes it.
    """

    def __init__(self, labels: list[list[int]], end: int) -> None:
        self.labels = labels
        lengthened = [ids for ids in labels if any(extends(other, ids) for other in labels)]
        self.paths = [[*ids, end] if ids in lengthened else ids for ids in labels]

    def __call__(self, rows: list[Row], logits: torch.Tensor) -> list[int]:
        """Return a token a row."""
        found = []
        for row, row_logits in zip(rows, logits, strict=True):
            allowed = self.allowed(row.answer)
            found.append(allowed[int(row_logits[allowed].argmax())])
        return found

    def allowed(self, answer: list[int]) -> list[int]:
        """Return the tokens that may follow, once each."""
        size = len(answer)
        tokens = (path[size] for path in self.paths if len(path) > size and path[:size] == answer)
        return list(dict.fromkeys(tokens))

    def ended(self, row: Row) -> bool:
        """Tell whether a row's answer is one of the texts."""
        return row.answer in self.paths


def extends(longer: list[int], shorter: list[int]) -> bool:
    """Tell whether a row of ids begins with another and is longer."""
    return len(longer) > len(shorter) and longer[: len(shorter)] == shorter
