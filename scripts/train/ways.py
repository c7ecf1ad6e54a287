"""How a stage is computed: by which attention, and whether packed examples share a row.

The fastest way that is exact is taken, as `scripts.preflight.check_base` measured it, or else as is
measured here, on a small copy of the model: the loss of packed rows against the sum of single
ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoConfig, PretrainedConfig, PreTrainedModel
from transformers.utils.import_utils import is_flash_attn_2_available

from scripts.common.errors import InputError
from scripts.convert.exactness import Tried, describe, first_exact, measured, read_verdict, try_ways
from scripts.convert.probe_texts import BEGINNING, LENGTHS, plain_logits, probe_texts
from scripts.convert.small_copy import make_copy, mark_of
from scripts.pack.packing import Row, columns
from scripts.pack.rendering import Example
from scripts.train.packed_loss import packed_loss
from scripts.train.segment_attention import NAME

PACK = "pack"
FLASH = "flash_attention_2"


@dataclass(frozen=True)
class Way:
    """An attention, by transformers' name; `apart`: each example has a row of its own."""

    attention: str
    apart: bool = False

    @property
    def name(self) -> str:
        """Return the way in words."""
        return f"{self.attention}, one example a row" if self.apart else self.attention


# From the fastest: a mask over whole rows costs more than short rows do.
WAYS = (Way(NAME), Way("sdpa"), Way("sdpa", True), Way("eager"), Way("eager", True))


@cache
def choose_way(
    attention: str, folder: Path, precision: str, device: str, checks: Path | None = None
) -> Way:
    """Return the fastest exact way of training a model.

    Args:
        attention: the run's: auto, or a name.
        folder: the model's.
        precision: fp32, bf16 or fp16.
        device: cpu or cuda.
        checks: what `check_base` wrote, if it has run.

    Raises:
        InputError: if what is asked for is not installed, or no way is exact.
    """
    if attention == FLASH and not is_flash_attn_2_available():
        raise InputError(
            "run.attention: flash_attention_2 needs a GPU and the package flash-attn; "
            "pip install flash-attn, or write auto"
        )
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    tried = read_verdict(checks, mark_of(config)).get(PACK) or measure_packing(config)
    ways = {way.name: way for way in candidates(attention, precision, device)}
    found = first_exact(tried | measured_as(tried), ways)
    if found is None:
        raise InputError(refuse(attention, folder, config, describe(tried, ways)))
    return ways[found]


def refuse(attention: str, folder: Path, config: PretrainedConfig, why: str) -> str:
    """Return why a model cannot be trained."""
    if attention == "auto":
        return f"{folder}: no way of training {config.model_type} is exact ({why})"
    return f"run.attention: {attention} is not exact for {config.model_type} ({why}); write auto"


def candidates(attention: str, precision: str, device: str) -> Sequence[Way]:
    """Return the ways that a run leaves open, the fastest first."""
    if attention == NAME:
        return [Way(NAME)]
    if attention != "auto":
        return [Way(attention), Way(attention, True)]
    if device == "cpu":
        return WAYS
    flash = is_flash_attn_2_available() and precision != "fp32"
    return [*([Way(FLASH), Way(FLASH, True)] if flash else []), *WAYS[1:]]


def measured_as(tried: Tried) -> Tried:
    """Return what was found of FlashAttention, which only GPUs have: as of PyTorch's own."""
    return {Way(FLASH, way.apart).name: tried[way.name] for way in WAYS[1:3] if way.name in tried}


@measured
def measure_packing(config: PretrainedConfig) -> Tried:
    """Return how far the loss of packed rows is from the sum of single ones, in every way."""
    examples = probe_texts(*LENGTHS)
    plain = make_copy(config, "eager")
    expected = sum(single_loss(plain, ids) for ids in examples)
    rows = pack_rows([examples[:3], examples[3:]], sum(LENGTHS[:3]))
    ways = {way.name: partial(packing_error, config, way, rows, expected) for way in WAYS}
    return try_ways(ways, every=True)


def packing_error(
    config: PretrainedConfig, way: Way, rows: dict[str, torch.Tensor], expected: float
) -> float:
    """Return the relative error of the rows' loss."""
    model = make_copy(config, way.attention)
    with torch.no_grad():
        found = packed_loss(model, **rows, apart=way.apart).item()
    return abs(found - expected) / abs(expected)


def single_loss(model: PreTrainedModel, ids: list[int]) -> float:
    """Return the summed cross-entropy in nats of one text behind its beginning."""
    logits = plain_logits(model, ids)[BEGINNING - 1 : -1]
    return cross_entropy(logits, torch.tensor(ids[BEGINNING:]), reduction="sum").item()


def pack_rows(rows: list[list[list[int]]], length: int) -> dict[str, torch.Tensor]:
    """Return packed rows of texts whose tokens behind the beginning carry loss."""
    packed = []
    for texts in rows:
        row = Row()
        for ids in texts:
            row.add(Example("probe", ids, BEGINNING))
        packed.append(columns(row, length, 0))
    names = ("input_ids", "position_ids", "labels")
    return {name: torch.tensor([row[name] for row in packed]) for name in names}
