"""A small random copy of a model, on which it is measured in seconds what the model would do.

The copy is of the model's class and keeps what decides how it computes: kinds of layers and their
order, windows (of fewer tokens), whether heads share keys, the arithmetic of embeddings and output.
It has fewer layers (the first ones, until each kind has occurred), pieces, heads and experts, and
narrower matrices. Its weights are drawn wide, so that a wrong mask, position or factor shows.
"""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from importlib.metadata import version
from typing import Any

import torch
from transformers import AutoModelForCausalLM, PretrainedConfig, PreTrainedModel

from scripts.common.errors import InputError
from scripts.common.provenance import fingerprint

PIECES = 128
WINDOW = 16  # tokens
WIDE = 512  # a model at most so wide keeps its widths
HEAD = 64  # the width of its heads, where the configuration does not say another
MOST = 3 * 10**8  # weights that a copy may have
SPECIAL = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
# What transformers' configurations call a number of tokens that layers see or take at a time.
WINDOWS = (
    "sliding_window",
    "attention_chunk_size",
    "window_size",
    "chunk_size",
    "mamba_chunk_size",
)
VOCABULARIES = ("vocab_size", "vocab_size_per_layer_input")
EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
CHOSEN = ("num_experts_per_tok", "num_experts_per_token", "moe_top_k", "experts_per_token")
WIDTHS = ("ffn_dim", "n_inner", "ffn_hidden_size", "d_ff")  # and all named …intermediate_size…


Settings = dict[str, Any]
_number_types = [torch.float32]  # of the copies that are made, the last one counts
_usable: dict[str, PretrainedConfig] = {}  # by the model's configuration: found once a process


def text_config(config: PretrainedConfig) -> PretrainedConfig:
    """Return the configuration of the part that reads and writes text, most often all of it."""
    return config.get_text_config(decoder=True)


def mark_of(config: PretrainedConfig) -> str:
    """Return what identifies a copy and the packages that compute it."""
    versions = {name: version(name) for name in ("torch", "transformers")}
    text = json.dumps(usable_config(config).to_dict(), sort_keys=True, default=str)
    return fingerprint({"copy": text, "versions": versions})


def make_copy(config: PretrainedConfig, attention: str | None = None) -> PreTrainedModel:
    """Return a copy in evaluation mode; the same weights each time.

    Args:
        config: the model's.
        attention: transformers' name of its implementation (None: as it chooses).
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = AutoModelForCausalLM.from_config(
            usable_config(config),
            attn_implementation=attention,
            dtype=torch.float32,
            trust_remote_code=False,
        )
        spread_weights(model)
    return model.to(_number_types[-1]).eval()


@contextmanager
def in_double() -> Iterator[None]:
    """Let copies that are made meanwhile compute in float64, from the same weights."""
    _number_types.append(torch.float64)
    try:
        yield
    finally:
        _number_types.pop()


def usable_config(config: PretrainedConfig) -> PretrainedConfig:
    """Return the configuration of a copy that can be built.

    Raises:
        InputError: if it can be built neither with narrow matrices nor, being large, with the
            model's.
    """
    mark = json.dumps(config.to_dict(), sort_keys=True, default=str)
    if mark not in _usable:
        _usable[mark] = find_usable(config)
    return deepcopy(_usable[mark])


def find_usable(config: PretrainedConfig) -> PretrainedConfig:
    """Return what `usable_config` does."""
    errors = []
    for narrowed in (True, False):
        try:
            small = small_config(config, narrowed)
            check_built(small)
            return small
        except Exception as error:  # an architecture's own, of matrices whose widths do not fit
            errors.append(str(error).partition("\n")[0])
    raise InputError(f"no small copy can be built: {'; '.join(dict.fromkeys(errors))}")


def check_built(config: PretrainedConfig) -> None:
    """Raise `ValueError` where a copy is not small, and the error of a pass that fails."""
    with torch.device("meta"):
        size = AutoModelForCausalLM.from_config(config, trust_remote_code=False).num_parameters()
    if size > MOST:
        raise ValueError(f"{config.num_hidden_layers} layers have {size / 1e9:.1f} billion weights")
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        model = AutoModelForCausalLM.from_config(
            config, dtype=torch.float32, trust_remote_code=False
        ).eval()
        model(input_ids=torch.ones(1, 3, dtype=torch.int64), use_cache=False)


@torch.no_grad()
def spread_weights(model: PreTrainedModel) -> None:
    """Draw matrices that keep a vector's length, and move norms and biases a little."""
    for weight in model.parameters():
        if weight.dim() > 1:
            weight.normal_(0, 1.1 / math.sqrt(weight.shape[-1]))
        else:
            weight.add_(0.1 * torch.randn_like(weight))


def small_config(config: PretrainedConfig, narrowed: bool = True) -> PretrainedConfig:
    """Return the configuration of the copy; `narrowed`: with narrower matrices than the model's."""
    text = text_config(config)
    names = dict(text.attribute_map)
    settings = text.to_dict()
    layers = count_layers(text)
    shorten(settings, names, text.num_hidden_layers, layers)
    for name in VOCABULARIES:
        if settings.get(name):
            settings[name] = PIECES
    for name in WINDOWS:
        if isinstance(settings.get(name), int):
            settings[name] = min(settings[name], WINDOW)
    settings |= {name: place for name, place in SPECIAL.items() if settings.get(name) is not None}
    for name in ("model_type", "transformers_version", "architectures", "dtype", "_name_or_path"):
        settings.pop(name, None)
    if narrowed and text.hidden_size > WIDE:
        settings = narrow(settings, names, text)
    return type(text)(**settings)


def count_layers(text: PretrainedConfig) -> int:
    """Return how many first layers hold one of each kind, two at least.

    Layers are of one kind if they have weights of the same shapes and the lists in the
    configuration say the same of them. Where last layers attend by the keys of earlier ones, as
    many layers more are taken.
    """
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(text, trust_remote_code=False)
    shapes: dict[int, list[Any]] = {}
    for name, weight in model.named_parameters():
        number = layer_number(name)
        if number is not None:
            shapes.setdefault(number, []).append((name.split(f".{number}.")[1], weight.shape))
    lists = layer_lists(text)
    kinds = [
        str((shapes.get(number), [values[number] for values in lists]))
        for number in range(text.num_hidden_layers)
    ]
    found = max(kinds.index(kind) for kind in kinds) + 1
    shared = getattr(text, "num_kv_shared_layers", 0) or 0
    return min(text.num_hidden_layers, max(2, 2 * found if shared else found))


def layer_number(name: str) -> int | None:
    """Return the number of the layer that a weight belongs to, or None: ``model.layers.3.…``"""
    return next((int(part) for part in name.split(".") if part.isdigit()), None)


def layer_lists(text: PretrainedConfig) -> list[list[Any]]:
    """Return the lists of a configuration that say something of each layer; no list of numbers."""
    found = [*vars(text).values(), getattr(text, "layer_types", None)]
    sized = [v for v in found if isinstance(v, list) and len(v) == text.num_hidden_layers]
    return [values for values in sized if len(set(map(str, values))) < len(values)]


def shorten(settings: Settings, names: Mapping[str, str], old: int, new: int) -> None:
    """Say that there are fewer layers, and in no list more than of these."""
    settings[names.get("num_hidden_layers", "num_hidden_layers")] = new
    for name, value in settings.items():
        if isinstance(value, dict) and value and all(str(key).isdigit() for key in value):
            settings[name] = {key: one for key, one in value.items() if int(key) < new}
        if not isinstance(value, list) or not value:
            continue
        if len(value) == old:
            settings[name] = value[:new]
        elif ("layer" in name or "idx" in name) and all(isinstance(one, int) for one in value):
            settings[name] = [one for one in value if one < new]
    if settings.get("num_kv_shared_layers"):
        settings["num_kv_shared_layers"] = new // 2
    if "max_window_layers" in settings:
        settings["max_window_layers"] = min(settings["max_window_layers"], new)


def narrow(settings: Settings, names: Mapping[str, str], text: PretrainedConfig) -> Settings:
    """Return settings with fewer heads, of the same width, and narrower matrices in between."""
    settings = dict(settings)
    heads = getattr(text, "num_attention_heads", None) or 4  # Mamba has none
    keys = getattr(text, "num_key_value_heads", None) or heads
    few = min(keys, 2)
    many = few * min(heads // keys, 4 // few)
    width = HEAD * many  # of a model without heads the mixers decide
    for name, value in (("hidden_size", width), ("num_attention_heads", many)):
        if names.get(name, name) in settings:
            settings[names.get(name, name)] = value
    for name in (names.get("num_key_value_heads", "num_key_value_heads"), "num_kv_heads"):
        if settings.get(name):
            settings[name] = few if settings[name] == keys else min(settings[name], many)
    for name, value in settings.items():
        if "intermediate_size" in name or name in WIDTHS:
            settings[name] = bound(value, width)
    few_experts(settings)
    fit_mixers(settings, width)
    few_states(settings)
    return settings


def bound(value: Any, most: int) -> Any:
    """Return a number, or each of a list, at most so large; what is no number stays."""
    if isinstance(value, list):
        return [bound(one, most) for one in value]
    return min(value, most) if isinstance(value, int) and not isinstance(value, bool) else value


def few_experts(settings: Settings) -> None:
    """Take at most eight experts, two of them at a time, in two groups if there are groups."""
    for name in EXPERTS:
        settings |= {name: bound(settings[name], 8)} if settings.get(name) else {}
    for name in CHOSEN:
        settings |= {name: bound(settings[name], 2)} if settings.get(name) else {}
    if (settings.get("n_group") or 1) > 1:
        settings |= {"n_group": 2, "topk_group": 1}


def fit_mixers(settings: Settings, width: int) -> None:
    """Make the heads of state-space layers as many as the width asks for (`expand` times it)."""
    for heads, head, expand, groups in (
        ("num_heads", "head_dim", "expand", "n_groups"),
        ("mamba_n_heads", "mamba_d_head", "mamba_expand", "mamba_n_groups"),
    ):
        size = settings.get(head)
        if settings.get(heads) and isinstance(size, int) and settings.get(expand):
            settings[heads] = settings[expand] * width // size
            settings[groups] = min(settings.get(groups) or 1, 2)
            if settings.get("mamba_d_ssm"):
                settings["mamba_d_ssm"] = settings[heads] * size


def few_states(settings: Settings) -> None:
    """Take two key heads of gated delta rules, and as many value heads for each as there were."""
    keys, values = (settings.get(f"linear_num_{name}_heads") for name in ("key", "value"))
    if keys and values:
        few = min(keys, 2)
        settings |= {"linear_num_key_heads": few, "linear_num_value_heads": few * (values // keys)}
