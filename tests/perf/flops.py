"""Model FLOPs utilization: which share of a device's peak the necessary arithmetic was."""

import itertools
import json
from pathlib import Path

import pyarrow as pa

# Dense bf16, FLOP/s, from NVIDIA's data sheets.
PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12}


def mfu(folder: Path, packed: Path, first: int, steps: int, seconds: float, peak: float) -> float:
    """Return the share of `peak` that `steps` steps of 16 rows behind row 16 x `first` made.

    Only what the result needs is counted: padding and the logits of masked positions are not.
    """
    config = json.loads((folder / "config.json").read_text())
    tokens, useful, squares = count(packed, first * 16, steps * 16)
    return model_flops(config, tokens, useful, squares) / seconds / peak


def model_flops(config: dict, tokens: int, useful: int, squares: int) -> int:
    """Return the FLOPs of forward and backward pass.

    6 a weight and token; attention within examples, causal: 6 a layer, width and squared token of
    an example (two products of 2 x n^2 / 2 x width forward, twice that backward).

    Args:
        config: a LLaMA's.
        tokens: in the rows, without padding.
        useful: of these, those that carry loss: only they need the output embedding.
        squares: sum of the examples' squared lengths.
    """
    width, layers, heads = (
        config["hidden_size"], config["num_hidden_layers"], config["num_attention_heads"],
    )  # fmt: skip
    shared = config.get("num_key_value_heads", heads) / heads
    layer = width * width * (2 + 2 * shared) + 3 * width * config["intermediate_size"]
    decoder = 6 * layers * (layer * tokens + width * squares)
    return int(decoder + 6 * width * config["vocab_size"] * useful)


def count(packed: Path, start: int, rows: int) -> tuple[int, int, int]:
    """Return tokens, useful tokens and the sum of squared example lengths of a range of rows."""
    with pa.memory_map(str(packed / "rows.arrow")) as source:
        table = pa.ipc.open_stream(source).read_all().slice(start, rows)
    squares = 0
    for positions, tokens in zip(
        table["position_ids"].to_pylist(), table["tokens"].to_pylist(), strict=True
    ):
        starts = [index for index in range(tokens) if positions[index] == 0] + [tokens]
        squares += sum((end - begin) ** 2 for begin, end in itertools.pairwise(starts))
    return sum(table["tokens"].to_pylist()), sum(table["useful_tokens"].to_pylist()), squares
