"""How large a model is: its shape from the registry or its folder, and its numbers of weights.

Nothing here imports torch: a plan must cost no more than reading a few small files.

    count_weights(config_shape(Path("results/models/base/config.json"))).total
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.convert.meta_params import read_params
from scripts.study.base_folder import BLOCK, INPUT, OUTPUT, Shapes, read_shapes, weight_files
from scripts.study.config_sizes import LAYERS, check_config
from scripts.study.lora_targets import default_targets
from scripts.study.recipe import Lora

LLAMA_PIECES = 32_000  # of LLaMA-1 and 2, whose params.json leaves it to the tokenizer
# Hugging Face's names of the facts; older configs have words of their own. Mamba has no heads of
# attention.
HEADS = ("num_attention_heads", "n_head", "n_heads", "attention_heads", "num_heads")
CONFIG = {
    "layers": LAYERS,
    "width": ("hidden_size", "n_embed", "n_embd", "d_model"),
    "heads": HEADS,
    "kv_heads": ("num_key_value_heads", *HEADS),
    "vocabulary": ("vocab_size",),
}
# Blocks of two wide matrices with biases; models whose output matrix is the input's unless said.
PLAIN = ("bloom", "gpt2", "gpt_bigcode", "gpt_neo", "gpt_neox", "gptj", "opt", "xglm", "mpt")
GEMMAS = ("gemma", "gemma2", "gemma3_text", "gemma4_text")
TIED = (*GEMMAS, "bloom", "cohere", "cohere2", "falcon", "gpt2", "gpt_bigcode", "gpt_neo", "mpt",
        "opt", "xglm")  # fmt: skip
# Where a multimodal folder keeps what reads no text.
OTHER_PARTS = re.compile(r"(^|\.)(vision|visual|audio|multi_modal|mm_|image_)")


@dataclass(frozen=True)
class Experts:
    """Feed-forward layers of which each token uses some.

    `count` of them, `width` wide, are in each of so many `layers`, and `shared` is the width of
    what all tokens use there too. A token uses `used` of them.
    """

    count: int
    width: int
    used: int
    shared: int
    layers: int


@dataclass(frozen=True)
class Latent:
    """DeepSeek's attention (arXiv 2412.19437, section 2.1), whose keys come from a narrow vector.

    Ranks of queries (None: they are not compressed) and of keys and values; widths of a head's
    part without and with positions, and of its values.
    """

    query_rank: int | None
    rank: int
    plain: int
    rotary: int
    value: int


@dataclass(frozen=True)
class Shape:
    """A decoder's shape; `gated`: LLaMA's block, else BLOOM's (two wide matrices, biases).

    Of the vocabulary's rows, `new` are those that the last extension added. `stored` are the
    shapes of the tensors in the model's folder, where it is there: the count is theirs then.
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
    experts: Experts | None = None
    latent: Latent | None = None
    stored: Shapes | None = field(default=None, repr=False)

    @property
    def active_width(self) -> int:
        """Return how wide the feed-forward layers are that a token goes through."""
        chosen = self.experts
        return chosen.used * chosen.width + chosen.shared if chosen else self.intermediate

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
        attention = (
            self.latent_matrices()
            if self.latent
            else {
                "q_proj": (wide, self.query_width),
                "k_proj": (wide, self.kv_width),
                "v_proj": (wide, self.kv_width),
                "o_proj": (self.query_width, wide),
            }
        )
        return attention | {
            "gate_proj": (wide, inner),
            "up_proj": (wide, inner),
            "down_proj": (inner, wide),
        }

    def latent_matrices(self) -> dict[str, tuple[int, int]]:
        """Return the matrices of DeepSeek's attention."""
        wide, latent, heads = self.width, self.latent, self.heads
        assert latent
        queries = heads * (latent.plain + latent.rotary)
        rank = latent.query_rank
        return {
            **(
                {"q_a_proj": (wide, rank), "q_b_proj": (rank, queries)}
                if rank
                else {"q_proj": (wide, queries)}
            ),
            "kv_a_proj_with_mqa": (wide, latent.rank + latent.rotary),
            "kv_b_proj": (latent.rank, heads * (latent.plain + latent.value)),
            "o_proj": (heads * latent.value, wide),
        }

    @property
    def attention(self) -> list[str]:
        """Return the names of the matrices that LoRA adapts where a recipe leaves it open."""
        feed_forward = ("gate_proj", "up_proj", "down_proj", "dense_h_to_4h", "dense_4h_to_h")
        return [name for name in self.matrices() if name not in feed_forward]


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
    multiplied, total, block = count_blocks(shape)
    embeddings = shape.vocabulary * shape.width
    matrices_outside = 1 if shape.tied else 2
    outer = embeddings * matrices_outside + (shape.width if shape.gated else 4 * shape.width)
    if shape.stored is not None:
        total, block, outer = count_stored(shape, shape.stored)
    else:
        total += outer
    rows = shape.new * shape.width * matrices_outside if trains == "new_rows" else 0
    added = lora_weights(shape, lora) if lora else rows
    return Weights(
        total=total + added,
        trained=added or total,
        block=block,
        outer=outer + rows,
        multiplied=multiplied + embeddings,
    )


def count_blocks(shape: Shape) -> tuple[int, int, int]:
    """Return of all blocks the weights in matrices that a token uses, all weights, the largest's.

    LLaMA has two norms a block. BLOOM's norms and matrices have biases.
    """
    sizes = {name: rows * columns for name, (rows, columns) in shape.matrices().items()}
    dense = sum(sizes.values())
    norms = 2 * shape.width
    if not shape.gated:
        norms = 4 * shape.width + sum(columns for _, columns in shape.matrices().values())
    if shape.latent:
        norms += (shape.latent.query_rank or 0) + shape.latent.rank
    experts = shape.experts
    if experts is None:
        return shape.layers * dense, shape.layers * (dense + norms), dense + norms
    attention = sum(sizes[name] for name in shape.attention)
    router = experts.count * shape.width
    wide = 3 * shape.width
    used = attention + router + wide * shape.active_width
    whole = attention + router + wide * (experts.count * experts.width + experts.shared)
    plain = shape.layers - experts.layers
    return (
        plain * dense + experts.layers * used,
        plain * dense + experts.layers * whole + shape.layers * norms,
        max(whole, dense) + norms,
    )


def count_stored(shape: Shape, stored: Shapes) -> tuple[int, int, int]:
    """Return the weights of a folder's tensors: all, the largest block's, and outside blocks.

    An extension has added rows since then.
    """
    blocks: dict[str, int] = {}
    outer = 0
    for name, sizes in stored.items():
        match = BLOCK.search(name)
        if match:
            blocks[match[1]] = blocks.get(match[1], 0) + prod(sizes)
        else:
            outer += prod(sizes)
    rows = [sizes[0] for name, sizes in stored.items() if INPUT.search(name)]
    if rows:
        outer += (shape.vocabulary - rows[0]) * shape.width * (1 if shape.tied else 2)
    return outer + sum(blocks.values()), max(blocks.values(), default=0), outer


def lora_weights(shape: Shape, lora: Lora) -> int:
    """Return the weights of LoRA's factors (arXiv 2106.09685), rank × (from + to) a matrix."""
    if shape.stored is not None:
        matrices = {
            name.removesuffix(".weight"): sizes
            for name, sizes in shape.stored.items()
            if len(sizes) == 2
        }
        targets = lora.targets or default_targets(list(matrices))
        ends = tuple(f".{target}" for target in targets)
        return lora.rank * sum(
            sum(sizes) for name, sizes in matrices.items() if f".{name}".endswith(ends)
        )
    widths = shape.matrices()
    chosen = [sum(widths[name]) for name in lora.targets or shape.attention if name in widths]
    return shape.layers * lora.rank * sum(chosen)


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


def folder_shape(folder: Path) -> Shape:
    """Return the shape of a model's folder in Hugging Face's layout, with its tensors if there."""
    shape = config_shape(folder / "config.json")
    try:
        found = read_shapes(weight_files(folder))
    except InputError:  # planned before the weights are there
        return shape
    kept = {
        name: sizes
        for name, sizes in found.items()
        if len(sizes) < 4 and not OTHER_PARTS.search(name)  # four: the masks of old GPT-2s
    }
    if shape.tied:
        kept = {name: sizes for name, sizes in kept.items() if not OUTPUT.search(name)}
    return replace(shape, stored=kept)


def config_shape(path: Path) -> Shape:
    """Return the shape that a Hugging Face `config.json` describes, of its text part."""
    try:
        config = read_json(path)
    except InputError as error:
        raise InputError(f"{path}: found no shape of a decoder in it ({error})") from None
    return shape_of(config, str(path))


def shape_of(config: Mapping[str, Any], place: str) -> Shape:
    """Return the shape that a model's config describes; `InputError` names its `place`."""
    try:
        check_config(config, place)
        return read_shape(config.get("text_config") or config)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{place}: found no shape of a decoder in it ({error})") from None


def read_shape(config: Mapping[str, Any]) -> Shape:
    """Return the shape that the text part of a config describes; any error where it has none."""
    facts: dict[str, Any] = {key: first(config, names) for key, names in CONFIG.items()}
    gated = config.get("model_type") not in PLAIN
    return Shape(
        **facts,
        intermediate=first_of(config, "intermediate_size") or 4 * facts["width"],
        tied=config.get("tie_word_embeddings", config.get("model_type") in TIED),
        gated=gated,
        head_dim=first_of(config, "head_dim"),
        experts=read_experts(config, facts["layers"]),
        latent=read_latent(config),
    )


def read_experts(config: Mapping[str, Any], layers: int) -> Experts | None:
    """Return the experts that a configuration describes, or None."""
    count = first_of(config, "num_experts", "num_local_experts", "n_routed_experts")
    if not count or count < 2:
        return None
    width = first_of(config, "moe_intermediate_size", "intermediate_size")
    shared = first_of(config, "shared_expert_intermediate_size", "shared_intermediate_size")
    if shared is None:
        shared = (config.get("n_shared_experts") or 0) * width
    dense = config.get("first_k_dense_replace") or len(config.get("mlp_only_layers") or ())
    step = first_of(config, "decoder_sparse_step", "interleave_moe_layer_step") or 1
    return Experts(
        count=count,
        width=width,
        used=first_of(config, "num_experts_per_tok", "experts_per_token") or 1,
        shared=shared,
        layers=(layers - dense) // step,
    )


def read_latent(config: Mapping[str, Any]) -> Latent | None:
    """Return the latent attention that a configuration describes, or None."""
    if not config.get("kv_lora_rank"):
        return None
    return Latent(
        query_rank=config.get("q_lora_rank"),
        rank=config["kv_lora_rank"],
        plain=config["qk_nope_head_dim"],
        rotary=config["qk_rope_head_dim"],
        value=config["v_head_dim"],
    )


def first_of(config: Mapping[str, Any], *names: str) -> Any:
    """Return the value of the first of these keys that is there, or None; of a list the largest.

    A list has a number a layer.
    """
    found = next((config[name] for name in names if config.get(name) is not None), None)
    return max(found) if isinstance(found, list) else found


def first(config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    """Return the value of the first of these keys that is there; KeyError if none is."""
    found: int | None = first_of(config, *names)
    if found is None:
        raise KeyError(names[0])
    return found
