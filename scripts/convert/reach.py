"""How far a decoder's layers look back, which decides what may share a row or a cache with what.

A layer of full attention sees all earlier tokens, so tokens can be laid out in any way that a mask
puts right. One with a window (Mistral, Gemma, OLMo 3, GPT-OSS) counts distances in the layout:
padding between two tokens, or another choice, would push the first out of sight.
"""

from weakref import WeakKeyDictionary

from transformers import PretrainedConfig, PreTrainedModel
from transformers.cache_utils import get_layer_types_and_kwargs

_known: WeakKeyDictionary[PreTrainedModel, int | None] = WeakKeyDictionary()
WINDOW = "sliding_window"  # transformers' word for a layer's, chunks of attention included


def narrowest_window(config: PretrainedConfig) -> int | None:
    """Return the fewest tokens that a layer sees at once, itself included; None: all see all."""
    _, layers = get_layer_types_and_kwargs(config.get_text_config(decoder=True))
    return min((layer[WINDOW] for layer in layers if WINDOW in layer), default=None)


def sees_all(model: PreTrainedModel, tokens: int) -> bool:
    """Tell whether each of so many tokens in a row sees all before it, as far as masks let."""
    if model not in _known:
        _known[model] = narrowest_window(model.config)
    window = _known[model]
    return window is None or tokens <= window
