"""How far a decoder's layers look back, which decides what may share a row or a cache with what.

A layer of full attention sees all earlier tokens, so tokens can be laid out in any way that a mask
puts right. One with a window (Mistral, Gemma, OLMo 3, GPT-OSS) counts distances in the layout:
padding between two tokens, or another choice, would push the first out of sight. One that keeps a
state (Mamba, gated delta rules, short convolutions) has no mask at all: what stands in front of a
token in its row is seen.
"""

from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from transformers import PretrainedConfig, PreTrainedModel
from transformers.cache_utils import get_layer_types_and_kwargs

_known: WeakKeyDictionary[PreTrainedModel, "Reach"] = WeakKeyDictionary()
FULL = {"full_attention"}
WINDOWS = {"sliding_attention", "chunked_attention"}
NONE = {"dummy", "moe", "mlp"}  # layers without attention, or that attend by another one's keys
# By ALiBi (arXiv 2108.12409) a distance is counted in the mask, whatever the position ids say.
ALIBI = {"bloom", "mpt"}
# Their masks do not tell packed examples apart, as tests/end_to_end/test_architectures.py found.
LEAKING = {"falcon", "gpt_oss", "xglm"}


@dataclass(frozen=True)
class Reach:
    """The tokens within which every layer sees all (None: any number), and whether one has a state.

    `window` counts the token itself, as transformers' `sliding_window` does. `alibi`: position ids
    say nothing. `packs`: transformers' mask keeps packed examples apart by their position ids.
    """

    window: int | None
    state: bool
    alibi: bool = False
    packs: bool = True

    def sees_all(self, tokens: int) -> bool:
        """Tell whether each of so many tokens in a row sees all before it, as far as masks let."""
        return not self.state and (self.window is None or tokens <= self.window)


def config_reach(config: PretrainedConfig) -> Reach:
    """Return the reach that a configuration describes; that of a multimodal one's text part."""
    text = config.get_text_config(decoder=True)
    kinds, settings = get_layer_types_and_kwargs(text)
    windows = [
        values["sliding_window"]
        for kind, values in zip(kinds, settings, strict=True)
        if kind in WINDOWS
    ]
    state = bool(set(kinds) - FULL - WINDOWS - NONE)
    alibi = text.model_type in ALIBI or bool(getattr(text, "alibi", False))
    packs = not (state or alibi or text.model_type in LEAKING)
    return Reach(min(windows, default=None), state, alibi, packs)


def model_reach(model: PreTrainedModel) -> Reach:
    """Return a model's reach, found once; transformers marks classes whose layers have a state."""
    if model not in _known:
        found = config_reach(model.config)
        stateful: Any = getattr(model, "_is_stateful", False)
        if stateful:
            found = replace(found, state=True, packs=False)
        _known[model] = found
    return _known[model]
