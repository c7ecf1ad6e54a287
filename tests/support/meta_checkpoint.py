"""A tiny LLaMA in Meta's layout, and Meta's forward pass written out in plain torch, for tests.

After the reference code's `Transformer` (LLaMA, arXiv 2302.13971; grouped heads, 2307.09288):
rotary positions turn neighbouring pairs of dimensions as complex numbers.
"""

import io
import json
from pathlib import Path

import torch
from torch.nn.functional import silu

SENTENCES = ["the harbour was quiet", "a good loaf of bread", "one word after another 中文 é"]
SHAPE = {"dim": 64, "n_layers": 2, "n_heads": 4, "multiple_of": 32, "norm_eps": 1e-5}
ROWS = ("wq.", "wk.", "wv.", "w1.", "w3.", "output.")
COLUMNS = ("wo.", "w2.")
PIECES = 320


def make_weights(kv_heads: int = 4, seed: int = 5) -> dict[str, torch.Tensor]:
    """Return random weights under Meta's names, in float32."""
    draw = torch.Generator().manual_seed(seed)
    wide, inner, kv = 64, 192, 16 * kv_heads

    def matrix(rows: int, columns: int) -> torch.Tensor:
        return torch.randn(rows, columns, generator=draw) / columns**0.5

    weights = {"tok_embeddings.weight": matrix(PIECES, wide), "output.weight": matrix(PIECES, wide)}
    for n in range(2):
        shapes = {
            "attention.wq": (wide, wide), "attention.wk": (kv, wide), "attention.wv": (kv, wide),
            "attention.wo": (wide, wide), "feed_forward.w1": (inner, wide),
            "feed_forward.w2": (wide, inner), "feed_forward.w3": (inner, wide),
        }  # fmt: skip
        weights |= {f"layers.{n}.{name}.weight": matrix(*s) for name, s in shapes.items()}
        for norm in ("attention_norm", "ffn_norm"):
            weights[f"layers.{n}.{norm}.weight"] = 1 + 0.1 * torch.randn(wide, generator=draw)
    weights["norm.weight"] = 1 + 0.1 * torch.randn(wide, generator=draw)
    return weights | {"rope.freqs": torch.zeros(8)}


def forward(weights: dict[str, torch.Tensor], ids: torch.Tensor, theta: float) -> torch.Tensor:
    """Return the logits (length, pieces) of one text's ids (length,)."""
    length, heads, size = len(ids), 4, 16
    angles = torch.outer(torch.arange(length), theta ** -(torch.arange(0, size, 2) / size))
    turns = torch.polar(torch.ones_like(angles), angles)[:, None]
    hidden = weights["tok_embeddings.weight"][ids]
    for n in range(2):
        layer = {k.split(".", 2)[2]: w for k, w in weights.items() if k.startswith(f"layers.{n}.")}
        normed = rms_norm(hidden, layer["attention_norm.weight"])
        query, key, value = (
            (normed @ layer[f"attention.{name}.weight"].T).view(length, -1, size)
            for name in ("wq", "wk", "wv")
        )
        query, key = turn(query, turns), turn(key, turns)
        repeats = heads // key.shape[1]
        key, value = (x.repeat_interleave(repeats, dim=1) for x in (key, value))
        scores = torch.einsum("qhd,khd->hqk", query, key) / size**0.5
        scores = scores + torch.full((length, length), float("-inf")).triu(1)
        mixed = torch.einsum("hqk,khd->qhd", scores.softmax(-1), value).reshape(length, -1)
        hidden = hidden + mixed @ layer["attention.wo.weight"].T
        normed = rms_norm(hidden, layer["ffn_norm.weight"])
        gate = silu(normed @ layer["feed_forward.w1.weight"].T)
        inner = gate * (normed @ layer["feed_forward.w3.weight"].T)
        hidden = hidden + inner @ layer["feed_forward.w2.weight"].T
    return rms_norm(hidden, weights["norm.weight"]) @ weights["output.weight"].T


def turn(vectors: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """Turn neighbouring pairs of dimensions of (length, heads, size) vectors."""
    pairs = torch.view_as_complex(vectors.reshape(*vectors.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns).flatten(-2)


def rms_norm(hidden: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return hidden * torch.rsqrt(hidden.pow(2).mean(-1, keepdim=True) + 1e-5) * weight


def cut(name: str, weight: torch.Tensor, shards: int, embeddings: int) -> list[torch.Tensor]:
    """Return a tensor's parts in each shard, cloned so that each file holds its own."""
    if weight.dim() == 1:
        return [weight] * shards
    dim = 0 if any(part in name for part in ROWS) else 1
    dim = embeddings if name.startswith("tok_embeddings") else dim
    return [part.clone() for part in weight.chunk(shards, dim=dim)]


def write_checkpoint(
    folder: Path, weights: dict[str, torch.Tensor], shards: int = 1, embeddings: int = 1, **params
) -> Path:
    """Write the weights as Meta does; `embeddings` is the dimension along which these are cut."""
    folder.mkdir(parents=True)
    parts = {name: cut(name, weight, shards, embeddings) for name, weight in weights.items()}
    for number in range(shards):
        shard = {name: part[number] for name, part in parts.items()}
        torch.save(shard, folder / f"consolidated.{number:02}.pth")
    settings = {"vocab_size": -1} | SHAPE | params
    (folder / "params.json").write_text(json.dumps(settings))
    return folder


def train_pieces(path: Path) -> Path:
    """Train a SentencePiece BPE with LLaMA's settings: nothing normalized, bytes as a fallback."""
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 3), model_writer=model, vocab_size=PIECES,
        model_type="bpe", byte_fallback=True, normalization_rule_name="identity",
        remove_extra_whitespaces=False, split_digits=True, hard_vocab_limit=True,
        allow_whitespace_only_pieces=True, minloglevel=2, num_threads=1,
    )  # fmt: skip
    path.write_bytes(model.getvalue())
    return path
