"""Meta's `params.json`: the shape of a LLaMA, and the shape each of its tensors must have.

read_params(Path("llama/7B")).shapes(rows=32000)["output.weight"]  # (32000, 4096)
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common import limits
from scripts.common.bounded_json import load_json
from scripts.common.errors import InputError, nearest, shorten

NEEDED = ("dim", "n_layers", "n_heads", "norm_eps")
# `vocab_size` is -1 where the tokenizer decides; the last two are settings of Meta's own runs.
OPTIONAL = {
    "n_kv_heads": None,
    "multiple_of": 256,
    "ffn_dim_multiplier": None,
    "rope_theta": 10000.0,
    "vocab_size": -1,
    "use_scaled_rope": False,
    "max_seq_len": None,
    "max_batch_size": None,
}
FRACTIONS = ("norm_eps", "ffn_dim_multiplier", "rope_theta")


@dataclass(frozen=True)
class MetaParams:
    """The shape of a LLaMA, in Meta's words."""

    dim: int
    layers: int
    heads: int
    kv_heads: int
    intermediate: int
    norm_eps: float
    rope_theta: float
    vocabulary: int | None
    window: int

    @property
    def head_dim(self) -> int:
        return self.dim // self.heads

    def shapes(self, rows: int) -> dict[str, tuple[int, ...]]:
        """Return the whole shape of every tensor by Meta's name, layer by layer."""
        wide, kv = self.dim, self.kv_heads * self.head_dim
        layer: dict[str, tuple[int, ...]] = {
            "attention.wq": (wide, wide),
            "attention.wk": (kv, wide),
            "attention.wv": (kv, wide),
            "attention.wo": (wide, wide),
            "feed_forward.w1": (self.intermediate, wide),
            "feed_forward.w2": (wide, self.intermediate),
            "feed_forward.w3": (self.intermediate, wide),
            "attention_norm": (wide,),
            "ffn_norm": (wide,),
        }
        shapes: dict[str, tuple[int, ...]] = {"tok_embeddings.weight": (rows, wide)}
        for number in range(self.layers):
            shapes |= {f"layers.{number}.{name}.weight": shape for name, shape in layer.items()}
        return shapes | {"norm.weight": (wide,), "output.weight": (rows, wide)}


def read_params(folder: Path) -> MetaParams:
    """Read `params.json`; `InputError` names the key that is missing, unknown or wrong."""
    path = folder / "params.json"
    try:
        written = load_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as JSON ({error})") from None
    if not isinstance(written, dict):
        raise InputError(f"{path}: found {written!r}, expected a mapping")
    try:
        return build_params(written)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def build_params(written: dict[str, Any]) -> MetaParams:
    """Return the parameters that a mapping with Meta's keys describes."""
    for key in written:
        if key not in (*NEEDED, *OPTIONAL):
            # An unknown key may change what is computed; a silent guess would cost a GPU day.
            raise InputError(f"{key}: unknown key{nearest(key, [*NEEDED, *OPTIONAL])}")
    for key in NEEDED:
        if key not in written:
            raise InputError(f"the key {key!r} is missing")
    if written.get("use_scaled_rope"):
        raise InputError("use_scaled_rope: found true; only unscaled rotary positions are known")
    values = OPTIONAL | written
    for key, value in values.items():
        check_number(key, value)
    dim, heads = values["dim"], values["n_heads"]
    kv_heads = values["n_kv_heads"] or heads
    if dim % (2 * heads) or heads % kv_heads:
        raise InputError(f"{dim} wide with {heads} heads and {kv_heads} of keys do not divide")
    return MetaParams(
        dim=dim,
        layers=values["n_layers"],
        heads=heads,
        kv_heads=kv_heads,
        intermediate=inner_width(dim, values["multiple_of"], values["ffn_dim_multiplier"]),
        norm_eps=values["norm_eps"],
        rope_theta=float(values["rope_theta"]),
        vocabulary=values["vocab_size"] if values["vocab_size"] > 0 else None,
        window=window(values),
    )


def check_number(key: str, value: Any) -> None:
    """Raise `InputError` unless a value is a number of the kind its key wants."""
    if key in OPTIONAL and value == OPTIONAL[key]:
        return
    whole = isinstance(value, int) and not isinstance(value, bool) and value > 0
    if key in FRACTIONS:
        if not whole and not (isinstance(value, float) and value > 0):
            raise InputError(f"{key}: found {value!r}, expected a number above 0")
    elif not whole:
        raise InputError(f"{key}: found {value!r}, expected a whole number from 1 on")
    most = limits.MODEL_LAYERS if key == "n_layers" else limits.MODEL_SIZE
    if value > most:
        raise InputError(f"{key}: found {shorten(str(value))}, expected at most {most:,}")


def inner_width(dim: int, multiple: int, factor: float | None) -> int:
    """Return the width of the feed-forward layer: two thirds of 4 × dim, scaled, rounded up."""
    width = int(2 * 4 * dim / 3)
    if factor:
        width = int(factor * width)
    return -(-width // multiple) * multiple


def window(values: dict[str, Any]) -> int:
    """Return the tokens of context that the model was trained on.

    `params.json` does not say: LLaMA-1 had 2,048 (arXiv 2302.13971), LLaMA-2 4,096 (2307.09288),
    LLaMA-3 8,192 (2407.21783). LLaMA-3 shows by its rotary base, LLaMA-2 by its grouped heads or,
    below 65B, by its `norm_eps`.
    """
    if values["max_seq_len"]:
        return int(values["max_seq_len"])
    if values["rope_theta"] >= 500_000:
        return 8192
    second = values["n_kv_heads"] or (values["norm_eps"] == 1e-5 and values["dim"] < 8192)
    return 4096 if second else 2048
