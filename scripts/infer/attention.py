"""The attention that answers: transformers' choice, or `eager` where that is not the same.

Falcon with ALiBi, for one, computes other numbers by PyTorch's fused kernel.
"""

from transformers import PretrainedConfig

from scripts.common.command import log
from scripts.convert.exactness import distance, is_exact, try_way
from scripts.convert.probe_texts import LENGTHS, plain_logits, probe_texts
from scripts.convert.small_copy import make_copy


def choose_attention(config: PretrainedConfig) -> str | None:
    """Return None for transformers' choice, or ``eager``, by the logits of a small copy."""
    found = try_way(lambda: difference(config))
    if is_exact(found):
        return None
    log.info("%s: eager attention, since PyTorch's differs (%s)", config.model_type, found)
    return "eager"


def difference(config: PretrainedConfig) -> float:
    """Return how far logits of transformers' choice are from those of ``eager``."""
    (text,) = probe_texts(LENGTHS[0])
    chosen, plain = make_copy(config), make_copy(config, "eager")
    if chosen.config._attn_implementation == plain.config._attn_implementation:
        return 0.0
    return distance(plain_logits(chosen, text), plain_logits(plain, text))
