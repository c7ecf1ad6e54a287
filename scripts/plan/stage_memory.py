"""What training holds on a device, in bytes: weights, gradients, optimizer, activations, logits.

States: mixed-precision AdamW takes 2 + 2 + 12 bytes a weight, of which ZeRO-1 partitions the
optimizer's 12 over devices, ZeRO-2 the gradients too and ZeRO-3 everything (ZeRO, arXiv
1910.02054, sections 3.1 and 5). `single` and `ddp` keep float32 weights and bf16 copies of them (in
fp16 autocast's), `fsdp` shards float32 states.

Activations: Korthikanti et al. (arXiv 2205.05198, section 4) count what a GPT block saves for the
backward pass; here the count is redone for LLaMA's block as `transformers` 5 runs it (norms in
float32, a gated feed-forward layer, attention that saves no scores) and for BLOOM's. A test
compares it with what autograd really saves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from scripts.convert.model_shape import Shape, Weights, count_weights
from scripts.study.recipe import Recipe
from scripts.study.run import SHARDING, Run

GIB = 2**30
OPTIMIZER = {"adamw": 8, "adamw_8bit": 2}  # bytes a trained weight, without a master copy
QUANTIZED = (4 + 0.127) / 8  # bytes a weight in 4 bits, its scales quantized too (2305.14314)
BUCKET = 5e8  # numbers in DeepSpeed's reduce and gather buckets (its documented defaults)
LIVE = 1e9  # gathered weights that ZeRO-3 keeps at most (stage3_max_live_parameters)
CONTEXT = 1 * GIB  # CUDA's context, NCCL's and cuBLAS's workspaces, assumed
KINDS = ("parameters", "gradients", "optimizer", "activations", "logits", "buffers")


@dataclass(frozen=True)
class StageMemory:
    """Bytes on each device by kind, on each host, and the settings they were estimated for."""

    model: str
    run: Run
    kinds: Mapping[str, float]
    host: float

    @property
    def total(self) -> float:
        """Return the bytes on each device."""
        return sum(self.kinds.values())

    def fits(self, gib: float) -> bool:
        """Return whether a device of so many GiB holds it."""
        return self.total <= gib * GIB


def world_size(run: Run) -> int:
    """Return the number of devices that train together."""
    return run.devices * run.nodes


def measure_stage(model: str, shape: Shape, recipe: Recipe, run: Run) -> StageMemory:
    """Return what one stage holds on each device while it trains; `auto` may become the larger."""
    if recipe.precision == "auto":
        settled = [replace(recipe, precision="bf16"), replace(recipe, precision="fp32")]
        stages = [measure_stage(model, shape, each, run) for each in settled]
        return max(stages, key=lambda stage: stage.total + stage.host)
    weights = count_weights(shape, recipe.lora, recipe.trains)
    device, host = hold_states(weights, recipe, run)
    tokens = rows_at_once(recipe.batch, run) * recipe.length
    form = number_form(recipe, run)
    device["activations"] = tokens * activation_bytes(shape, recipe, run, form)
    # A bound: a recipe with loss on responses only has logits at these alone, and those of bf16
    # are in float32 a few rows at a time. The logits in the computing type, in float32, and the
    # gradient of these.
    device["logits"] = tokens * shape.vocabulary * (width_of(recipe) + 4 + 4)
    if run.device == "cuda" or run.device_memory:
        device["buffers"] += CONTEXT
    kinds = {kind: device[kind] for kind in KINDS}
    return StageMemory(model, run, kinds, host * run.devices)


def rows_at_once(batch: int, run: Run) -> int:
    """Return the rows a device holds: the largest divisor of its share up to `micro_batch`."""
    share = max(1, batch // world_size(run))
    return max(n for n in range(1, min(share, run.micro_batch) + 1) if share % n == 0)


def width_of(recipe: Recipe) -> int:
    """Return the bytes of a number that matrices are multiplied in."""
    return 4 if recipe.precision == "fp32" else 2


def number_form(recipe: Recipe, run: Run) -> str:
    """Return how a model computes: `full` float32, under `autocast`, or with weights `cast`."""
    if recipe.precision == "fp32":
        return "full"
    return "autocast" if recipe.precision == "fp16" and run.engine not in SHARDING else "cast"


def hold_states(weights: Weights, recipe: Recipe, run: Run) -> tuple[dict[str, float], float]:
    """Return the bytes of states and buffers on a device by kind, and those on its host."""
    held = {"deepspeed": hold_zero, "fsdp": hold_fsdp}.get(run.engine, hold_replicated)
    return held(weights, recipe, run)


def weight_bytes(weights: Weights, recipe: Recipe, width: int) -> float:
    """Return the bytes of all weights; under QLoRA those of the blocks take four bits each."""
    if recipe.lora is None or recipe.lora.bits != 4:
        return width * weights.total
    frozen = weights.total - weights.trained - weights.outer
    return QUANTIZED * frozen + width * (weights.total - frozen)


def optimizer_bytes(recipe: Recipe) -> int:
    """Return the bytes a trained weight's two moments take."""
    return OPTIMIZER[recipe.optimizer]


def hold_replicated(weights: Weights, recipe: Recipe, run: Run) -> tuple[dict[str, float], float]:
    """Return the states where each device holds all of them (`single`, `ddp`).

    In bf16 frozen weights are held in it alone, trained ones in float32 and as a copy; under
    autocast, in fp16, every matrix gets a copy.
    """
    frozen = 2 if recipe.precision == "bf16" else 4
    copies = {"fp32": 0, "bf16": 2 * weights.trained, "fp16": 2 * weights.multiplied}
    return {
        "parameters": weight_bytes(weights, recipe, frozen) + (4 - frozen) * weights.trained,
        "gradients": 4 * weights.trained,
        "optimizer": optimizer_bytes(recipe) * weights.trained,
        "buffers": copies[recipe.precision],
    }, 0


def hold_zero(weights: Weights, recipe: Recipe, run: Run) -> tuple[dict[str, float], float]:
    """Return the states under DeepSpeed, whose ZeRO stage says what is partitioned over devices."""
    width, stage, devices = width_of(recipe), run.zero, world_size(run)
    kinds = {
        "parameters": weight_bytes(weights, recipe, width) / (devices if stage == 3 else 1),
        "gradients": width * weights.trained / (devices if stage > 1 else 1),
        "optimizer": (4 + optimizer_bytes(recipe)) * weights.trained / devices,
        "buffers": width * min(LIVE if stage == 3 else 2 * BUCKET, weights.total),
    }
    moved = []
    if run.offload != "none":
        moved = ["optimizer", "gradients"] if stage > 1 else ["optimizer"]
    if run.offload == "all" and stage == 3:
        moved.append("parameters")
    return kinds | dict.fromkeys(moved, 0), sum(kinds[kind] for kind in moved)


def hold_fsdp(weights: Weights, recipe: Recipe, run: Run) -> tuple[dict[str, float], float]:
    """Return the states under FSDP: float32 shards, and the blocks gathered at the moment.

    The embeddings stay gathered through the step, beside the block at work and the next one. A
    gathered gradient is cast to float32 before it is summed. Offloading takes all shards at once.
    """
    width = width_of(recipe)
    shards = {
        "parameters": weight_bytes(weights, recipe, 4) / world_size(run),
        "gradients": 4 * weights.trained / world_size(run),
        "optimizer": optimizer_bytes(recipe) * weights.trained / world_size(run),
    }
    gathered = width * (weights.outer + 2 * weights.block)
    gathered += (width + 4) * min(weights.trained, max(weights.outer, weights.block))
    if run.offload != "all":
        return shards | {"buffers": gathered}, 0
    return dict.fromkeys(shards, 0.0) | {"buffers": gathered}, sum(shards.values())


def activation_bytes(shape: Shape, recipe: Recipe, run: Run, form: str) -> float:
    """Return the bytes that all blocks save for a token's backward pass.

    With gradient checkpointing each block saves its input alone, and one at a time all it needs.
    """
    block = block_bytes(shape, recipe.length, form, run.attention)
    if not run.gradient_checkpointing:
        return shape.layers * block
    residual = 2 if form == "cast" else 4
    return shape.layers * residual * shape.width + block


def block_bytes(shape: Shape, length: int, form: str, attention: str = "auto") -> float:
    """Return the bytes that one block saves for a token.

    Args:
        shape: the model's.
        length: tokens a row.
        form: `full`, `autocast` or `cast`, see `number_form`.
        attention: auto counts as sdpa, which takes more than FlashAttention.
    """
    width = 4 if form == "full" else 2
    saved = save_gated if shape.gated else save_plain
    return saved(shape, length, form, width, attention)


def save_gated(shape: Shape, length: int, form: str, width: int, attention: str) -> float:
    """Return what LLaMA's block saves for a token."""
    wide, query = shape.width, shape.query_width
    # Each of two norms: its input in float32, the normalized input, what the matrices behind it
    # take (one tensor; under autocast each of the five matrices casts one for itself), and a scale.
    norms = {"full": 24 * wide, "autocast": 16 * wide + 5 * 2 * wide, "cast": 16 * wide}[form] + 8
    # Query, key, value and result; a mask makes SDPA repeat grouped keys for every head.
    narrow = attention == "flash_attention_2"
    keys = 2 * (shape.kv_width if narrow else query)
    scores = 0 if narrow else width * length  # the mask of a row, which heads share
    if attention == "eager":
        scores = softmax_bytes(shape, length, width)
    else:
        scores += 4 * shape.heads  # the logarithm of the softmax's sum
    gated = 4 * width * shape.active_width  # gate, its SiLU, up, and their product
    return norms + width * (2 * query + keys) + scores + gated


def save_plain(shape: Shape, length: int, form: str, width: int, attention: str) -> float:
    """Return what BLOOM's block saves for a token; its attention is always the eager one."""
    wide = shape.width
    # Two norms: input, and output or its cast; mean and deviation of each.
    norms = 12 * wide + 16 if form == "autocast" else 4 * width * (wide + 1)
    mixed = width * (2 * shape.query_width + 2 * shape.kv_width)
    gelu = 2 * width * shape.intermediate
    return norms + mixed + softmax_bytes(shape, length, width) + gelu


def softmax_bytes(shape: Shape, length: int, width: int) -> int:
    """Return a token's row of attention weights in float32, and cast where that is another type."""
    return shape.heads * length * (4 if width == 4 else 6)
