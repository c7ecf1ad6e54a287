"""How large a model is: its shape from the registry or its folder, and its numbers of weights.

Nothing here imports torch: a plan must cost no more than reading a few small files.

    count_weights(config_shape(Path("results/models/base/config.json"))).total
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.convert.meta_params import read_params
from scripts.study.lora_targets import TARGETS
from scripts.study.recipe import Lora

LLAMA_PIECES = 32_000  # of LLaMA-1 and 2, whose params.json leaves it to the tokenizer
# Hugging Face's names of the facts; BLOOM's config has words of its own.
CONFIG = {
    "layers": ("num_hidden_layers", "n_layer"),
    "width": ("hidden_size", "n_embed"),
    "heads": ("num_attention_heads", "n_head"),
    "kv_heads": ("num_key_value_heads", "num_attention_heads", "n_head"),
    "vocabulary": ("vocab_size",),
}


@dataclass(frozen=True)
class Shape:
    """A decoder's shape; `gated`: LLaMA's block, else BLOOM's (two wide matrices, biases).

    Of the vocabulary's rows, `new` are those that the last extension added.
    """

    layers: int
    width: int
    heads: int
    kv_heads: int
    intermediate: int
    vocabulary: int
    tied: bool
    gated: bool = True
    head_dim: int | None = None
    new: int = 0

    @property
    def query_width(self) -> int:
        return self.heads * (self.head_dim or self.width // self.heads)

    @property
    def kv_width(self) -> int:
        return self.kv_heads * (self.head_dim or self.width // self.heads)

    def matrices(self) -> dict[str, tuple[int, int]]:
        """Return one block's matrices: the widths they lead from and to, by their names."""
        wide, inner = self.width, self.intermediate
        if not self.gated:
            return {
                "query_key_value": (wide, self.query_width + 2 * self.kv_width),
                "dense": (self.query_width, wide),
                "dense_h_to_4h": (wide, inner),
                "dense_4h_to_h": (inner, wide),
            }
        return {
            "q_proj": (wide, self.query_width),
            "k_proj": (wide, self.kv_width),
            "v_proj": (wide, self.kv_width),
            "o_proj": (self.query_width, wide),
            "gate_proj": (wide, inner),
            "up_proj": (wide, inner),
            "down_proj": (inner, wide),
        }


@dataclass(frozen=True)
class Weights:
    """Numbers of weights: all, those trained, one block's, those outside blocks, all multiplied."""

    total: int
    trained: int
    block: int
    outer: int
    multiplied: int


def count_weights(shape: Shape, lora: Lora | None = None, trains: str = "all") -> Weights:
    """Return a shape's numbers of weights.

    With LoRA its factors alone are trained; where a recipe `trains` new rows, they alone, which
    then are weights of their own beside the whole matrices.
    """
    matrices = shape.matrices().values()
    multiplied = sum(rows * columns for rows, columns in matrices)
    # LLaMA has two norms a block and one behind them. BLOOM's norms and matrices have biases, and
    # it norms the embeddings too.
    norms, outer_norms = 2 * shape.width, shape.width
    if not shape.gated:
        norms = 4 * shape.width + sum(columns for _, columns in matrices)
        outer_norms = 4 * shape.width
    embeddings = shape.vocabulary * shape.width
    matrices_outside = 1 if shape.tied else 2
    outer = embeddings * matrices_outside + outer_norms
    total = shape.layers * (multiplied + norms) + outer
    rows = shape.new * shape.width * matrices_outside if trains == "new_rows" else 0
    added = lora_weights(shape, lora) if lora else rows
    return Weights(
        total=total + added,
        trained=added or total,
        block=multiplied + norms,
        outer=outer + rows,
        multiplied=shape.layers * multiplied + embeddings,
    )


def lora_weights(shape: Shape, lora: Lora) -> int:
    """Return the weights of LoRA's factors (arXiv 2106.09685), rank × (from + to) a matrix."""
    matrices = shape.matrices()
    targets = lora.targets or TARGETS
    widths = [sum(matrices[name]) for name in targets if name in matrices]
    return shape.layers * lora.rank * sum(widths)


def meta_shape(folder: Path) -> Shape:
    """Return the shape that Meta's `params.json` describes."""
    params = read_params(folder)
    return Shape(
        layers=params.layers,
        width=params.dim,
        heads=params.heads,
        kv_heads=params.kv_heads,
        intermediate=params.intermediate,
        vocabulary=params.vocabulary or LLAMA_PIECES,
        tied=False,
    )


def config_shape(path: Path) -> Shape:
    """Return the shape that a Hugging Face `config.json` describes."""
    try:
        config = read_json(path)
    except InputError as error:
        raise InputError(f"{path}: found no shape of a decoder in it ({error})") from None
    return shape_of(config, str(path))


def shape_of(config: Mapping[str, Any], place: str) -> Shape:
    """Return the shape that a model's config describes; `InputError` names its `place`."""
    try:
        facts = {key: first(config, names) for key, names in CONFIG.items()}
    except (AttributeError, KeyError) as error:
        raise InputError(f"{place}: found no shape of a decoder in it ({error})") from None
    gated = config.get("model_type") != "bloom"
    return Shape(
        **facts,
        intermediate=config.get("intermediate_size") or 4 * facts["width"],
        tied=config.get("tie_word_embeddings", not gated),
        gated=gated,
        head_dim=config.get("head_dim"),
    )


def first(config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    """Return the value of the first of these keys that is there; KeyError if none is."""
    for name in names:
        if config.get(name) is not None:
            return config[name]
    raise KeyError(names[0])
