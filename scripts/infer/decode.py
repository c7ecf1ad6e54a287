"""Decoding many prompts a few at a time: a row that ends gives its place to one that waits.

`transformers`' ``generate`` computes every row of a batch until the last one has ended, and copies
the whole cache at each step (docs/performance.md has the ratio).
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import DynamicCache, PreTrainedModel

from scripts.convert.head import decoder_of, head_logits
from scripts.infer.pick import Ended, Pick, Row
from scripts.infer.prefix import cache_name, prefix_cache, shared_length
from scripts.infer.slots import SlotCache, round_up

# With this many tokens in a pass, matrix products run at full speed; more rows gain nothing.
BUSY = 256


class Decoder:
    """Answers prompts with a model, `slots` at a time.

    Args:
        pick: returns the next token of each of some rows from their logits, (rows, vocabulary).
        ended: tells whether a row's answer so far is one.
        tile: rows that each pass of a step has exactly, the rest empty; 0: as many as there are.
            With it, no row shares a pass of its prompt with another or a pass of a step with one
            that sees another number of positions, and no number depends on what else is asked.
    """

    def __init__(
        self, model: PreTrainedModel, pick: Pick, ended: Ended, slots: int, tile: int = 0
    ) -> None:
        self.model, self.pick, self.ended = model, pick, ended
        self.tile, self.slots = tile, round_up(slots, tile) if tile else slots
        # One slot more, which the empty rows of a tile share.
        self.cache = SlotCache(model.config, self.slots + 1 if tile else self.slots)
        self.rows: list[Row] = []

    def decode(
        self, prompts: list[list[int]], numbers: Sequence[int], done: Callable[[int], None]
    ) -> list[list[int]]:
        """Return the ids that follow the prompts with these numbers, the closing ones included.

        `done` is told each row that has ended. Other prompts have no answer.
        """
        shared = 0 if self.tile else shared_length(prompts)
        prefix = prefix_cache(self.model, prompts[0][:shared], 1)
        waiting = deque(Row(number, len(prompts[number])) for number in numbers)
        answers: list[list[int]] = [[] for _ in prompts]
        while waiting or self.rows:
            while waiting and len(self.rows) < self.slots:
                rows = self.next_rows(waiting, shared)
                self.admit(rows, [prompts[row.number][shared:] for row in rows], prefix)
            for row in self.leave():
                answers[row.number] = row.answer
                done(row.number)
            if self.rows:
                self.step()
        return answers

    def next_rows(self, waiting: deque[Row], shared: int) -> list[Row]:
        """Take the rows that enter together: as many as fit and keep a pass busy."""
        free = 1 if self.tile else self.slots - len(self.rows)
        rows = [waiting.popleft()]
        while waiting and len(rows) < free:
            longest = max(row.length for row in [*rows, waiting[0]]) - shared
            if (len(rows) + 1) * longest > BUSY:
                break
            rows.append(waiting.popleft())
        return rows

    def admit(self, rows: list[Row], own: list[list[int]], prefix: DynamicCache) -> None:
        """Compute prompts' `own` ids behind the prefix; give rows slots and their first tokens."""
        shared, width = prefix.get_seq_length(), max(map(len, own))
        # Padded on the right, where no token of the row sees it.
        ids = torch.tensor([ids + [0] * (width - len(ids)) for ids in own]).to(self.model.device)
        positions = shared + torch.arange(width, device=ids.device).expand_as(ids)
        cache = copy_rows(prefix, len(rows), self.model)
        hidden = decoder_of(self.model)(
            input_ids=ids, position_ids=positions, use_cache=True, **{cache_name(self.model): cache}
        ).last_hidden_state
        last = torch.tensor([len(ids) - 1 for ids in own], device=ids.device)
        places = torch.arange(len(rows), device=ids.device)
        self.cache.put(range(len(self.rows), len(self.rows) + len(rows)), cache)
        self.rows += rows
        self.take(rows, head_logits(self.model, hidden[places, last]))

    def step(self) -> None:
        """Compute one more token of each row."""
        for places, width in self.passes():
            rows = [self.rows[place] for place in places]
            empty = [0] * (self.tile - len(rows))
            ids = [row.answer[-1] for row in rows] + empty
            positions = [row.length for row in rows] + empty
            logits = self.compute(places, ids, positions, width)
            for row in rows:
                row.length += 1
            self.take(rows, logits[: len(rows)])

    def passes(self) -> list[tuple[list[int], int]]:
        """Return the places of the rows of each pass, and how many positions it sees.

        The order in which a kernel adds depends on the number of positions, the masked ones too:
        rows of a tile have the same.
        """
        widths = [round_up(row.length + 1) for row in self.rows]
        if not self.tile:
            return [(list(range(len(widths))), max(widths))]
        found = []
        for width in dict.fromkeys(widths):
            places = [place for place, own in enumerate(widths) if own == width]
            starts = range(0, len(places), self.tile)
            found += [(places[start : start + self.tile], width) for start in starts]
        return found

    def compute(
        self, places: list[int], ids: list[int], positions: list[int], width: int
    ) -> torch.Tensor:
        """Return logits (rows, vocabulary) of a pass with one token a row; `width` are seen.

        Args:
            places: the rows' slots; further ones are empty.
            ids, positions: the tokens' (rows).
        """
        device, layout = self.model.device, self.cache.layout
        spare = [self.slots] * (len(ids) - len(places))
        layout.slots = torch.tensor(places + spare, device=device)
        layout.places = torch.tensor(positions, device=device)
        layout.width, layout.all = width, not self.tile
        unseen = torch.arange(layout.width, device=device) > layout.places[:, None]
        mask = torch.zeros(unseen.shape, dtype=self.model.dtype, device=device)
        mask.masked_fill_(unseen, torch.finfo(self.model.dtype).min)
        output = self.model(
            input_ids=torch.tensor(ids, device=device)[:, None],
            position_ids=layout.places[:, None],
            attention_mask=mask[:, None, None],
            use_cache=True,
            **{cache_name(self.model): self.cache},
        )
        logits: torch.Tensor = output.logits[:, -1]
        return logits

    def take(self, rows: list[Row], logits: torch.Tensor) -> None:
        """Append the next token to each row's answer."""
        for row, token in zip(rows, self.pick(rows, logits), strict=True):
            row.answer.append(token)

    def leave(self) -> list[Row]:
        """Remove the rows that have ended; the last rows take their slots."""
        gone: list[Row] = []
        for place in reversed(range(len(self.rows))):
            if self.ended(self.rows[place]):
                gone.append(self.rows[place])
                last = self.rows.pop()
                if place < len(self.rows):
                    self.cache.move(len(self.rows), place, last.length)
                    self.rows[place] = last
        return gone


def copy_rows(prefix: DynamicCache, rows: int, model: PreTrainedModel) -> DynamicCache:
    """Return a cache of `rows` rows that have each seen what the one row of `prefix` has."""
    cache = DynamicCache(config=model.config)
    layers: list[Any] = prefix.layers if prefix.get_seq_length() else []
    for number, layer in enumerate(layers):
        keys, values = (states.expand(rows, -1, -1, -1) for states in (layer.keys, layer.values))
        cache.update(keys, values, number)
    return cache
