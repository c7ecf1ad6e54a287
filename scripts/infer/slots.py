"""A cache of keys and values in which each row has a place of its own, and a length of its own.

transformers' dynamic cache copies all keys and values at each step to append one, and keeps rows of
one length, padded on the left. Here a row's tokens lie at their own positions from 0 on, a step
writes one place of each row, and a row that has ended gives its slot to one that waits.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import DynamicCache, PretrainedConfig
from transformers.cache_utils import Cache, CacheLayerMixin

# Keys are seen in multiples of so many: kernels order the sums of a remainder otherwise.
WIDTH = 64


@dataclass
class Layout:
    """Which slots a step computes, and where each writes.

    Attributes:
        slots: (rows) the slots; several may be the same where nothing counts.
        all: they are the first ones in order, so that no key has to be copied.
        places: (rows) the positions that the new tokens have.
        width: how many positions are seen.
    """

    slots: torch.Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.long))
    all: bool = True
    places: torch.Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.long))
    width: int = 0

    def seen(self, states: torch.Tensor) -> torch.Tensor:
        """Return what the slots see of a layer's states, (rows, heads, width, width of a head)."""
        states = states[:, :, : self.width]
        return states[: len(self.slots)] if self.all else states[self.slots]


class SlotLayer(CacheLayerMixin):
    """One layer's keys and values, (slots, heads, positions, width of a head) each."""

    is_sliding = False
    keys: Any  # tensors, once the first states are there
    values: Any

    def __init__(self, layout: Layout, slots: int) -> None:
        super().__init__()
        self.layout, self.slots = layout, slots

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Make room of no position yet, in the shape and number type of the states."""
        self.keys = key_states.new_zeros(self.slots, *shape_of(key_states))
        self.values = value_states.new_zeros(self.slots, *shape_of(value_states))
        self.is_initialized = True

    def reserve(self, positions: int) -> None:
        """Make room for at least so many positions; what is there stays."""
        have = self.keys.shape[2]
        if have < positions:
            # A quarter more than needed, so that growing stays rare.
            more = round_up(positions + positions // 4) - have
            self.keys = torch.nn.functional.pad(self.keys, (0, 0, 0, more))
            self.values = torch.nn.functional.pad(self.values, (0, 0, 0, more))

    def put(self, slots: Iterable[int], keys: torch.Tensor, values: torch.Tensor) -> None:
        """Write the beginnings of rows, (rows, heads, positions, width), into slots."""
        if not self.is_initialized:
            self.lazy_initialization(keys, values)
        width = keys.shape[2]
        self.reserve(width)
        for row, slot in enumerate(slots):
            self.keys[slot, :, :width] = keys[row]
            self.values[slot, :, :width] = values[row]

    def move(self, source: int, target: int, width: int) -> None:
        """Copy the first `width` positions of a slot into another."""
        self.keys[target, :, :width] = self.keys[source, :, :width]
        self.values[target, :, :width] = self.values[source, :, :width]

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write one token a slot; return what the slots of the layout see."""
        layout = self.layout
        self.reserve(layout.width)
        self.keys[layout.slots, :, layout.places] = key_states[:, :, 0]
        self.values[layout.slots, :, layout.places] = value_states[:, :, 0]
        return layout.seen(self.keys), layout.seen(self.values)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Return how many positions are seen, and where they begin."""
        return self.layout.width, 0

    def get_seq_length(self) -> int:
        """Return how many positions are seen; rows have lengths of their own."""
        return self.layout.width

    def get_max_length(self) -> int:
        """Return -1: room grows."""
        return -1


class SlotCache(Cache):
    """The cache of all layers of a model, for `slots` rows."""

    def __init__(self, config: PretrainedConfig, slots: int) -> None:
        self.layout = Layout()
        layers = config.get_text_config(decoder=True).num_hidden_layers
        self.slots = [SlotLayer(self.layout, slots) for _ in range(layers)]
        super().__init__(layers=list(self.slots))

    def put(self, slots: Iterable[int], found: DynamicCache) -> None:
        """Take over rows whose beginnings another cache holds."""
        others: list[Any] = found.layers
        for layer, other in zip(self.slots, others, strict=True):
            layer.put(slots, other.keys, other.values)

    def move(self, source: int, target: int, width: int) -> None:
        """Copy a slot of `width` positions into another."""
        for layer in self.slots:
            layer.move(source, target, width)


def shape_of(states: torch.Tensor) -> tuple[int, int, int]:
    """Return the shape of a slot without any position."""
    return states.shape[1], 0, states.shape[3]


def round_up(number: int, step: int = WIDTH) -> int:
    """Return the least multiple of `step` that is not below `number`."""
    return -(-number // step) * step
