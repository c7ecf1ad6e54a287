"""Convert Meta's LLaMA checkpoints, whole or sharded over model-parallel ranks, to Hugging Face's.

Meta splits `wq wk wv w1 w3 output` by rows and `wo w2` by columns; `tok_embeddings` by columns
(LLaMA-1 and 2) or rows (LLaMA-3); norms are in every shard. Its rotary positions turn neighbouring
pairs of a head's dimensions, Hugging Face's the first half against the second, so the rows of query
and key are reordered. Numbers keep the published type (float16 or bfloat16): readers load with a
type of their own choice, and a 7B model takes 13 GB instead of 27.

    convert(Path("llama/7B"), Path("results/models/base"), size=32000)
"""

import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.files import write_json
from scripts.common.progress import track
from scripts.convert.meta_params import MetaParams, read_params
from scripts.study.base_model import meta_shards

NAMES = {
    "attention.wq": "self_attn.q_proj",
    "attention.wk": "self_attn.k_proj",
    "attention.wv": "self_attn.v_proj",
    "attention.wo": "self_attn.o_proj",
    "feed_forward.w1": "mlp.gate_proj",
    "feed_forward.w2": "mlp.down_proj",
    "feed_forward.w3": "mlp.up_proj",
    "attention_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
OUTER = {
    "tok_embeddings.weight": "model.embed_tokens.weight",
    "norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
FILE_BYTES = 2 * 10**9  # of one written file, and about what the conversion holds in memory

Shard = dict[str, torch.Tensor]


def convert(folder: Path, output: Path, size: int, file_bytes: int = FILE_BYTES) -> None:
    """Write config and safetensors of the checkpoint in `folder` to `output`, which is created.

    Args:
        folder: `consolidated.NN.pth` and `params.json`.
        output: a folder to write into.
        size: pieces of the tokenizer; there must be a row for each.
        file_bytes: start a new file where one would exceed this.
    """
    params = read_params(folder)
    shards = [load_shard(path) for path in meta_shards(folder)]
    rows = vocabulary_rows(shards, params)
    if size > rows or (params.vocabulary or rows) != rows:
        raise InputError(
            f"{folder}: {len(shards)} files give {rows} rows of output.weight, expected "
            f"{params.vocabulary or size} (the tokenizer has {size} pieces): a file is missing, or "
            "params.json or the tokenizer is another model's"
        )
    check_names(folder, shards, params.shapes(rows))
    output.mkdir(parents=True, exist_ok=True)
    files = write_weights(join_tensors(folder, shards, params, rows), output, file_bytes)
    log.info("%s: %d shards became %d files", folder, len(shards), files)
    dtype = shards[0]["output.weight"].dtype
    write_config(params, rows, dtype, output)


def load_shard(path: Path) -> Shard:
    """Map one shard's tensors; a file that needs more than tensors to be unpickled is refused."""
    try:
        shard = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except pickle.UnpicklingError:
        raise InputError(
            f"{path}: it holds more than tensors and would run code; refused"
        ) from None
    except (RuntimeError, OSError, EOFError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{path}: no checkpoint that can be mapped ({reason})") from None
    if not isinstance(shard, dict) or not all(isinstance(v, torch.Tensor) for v in shard.values()):
        raise InputError(f"{path}: found {type(shard).__name__}, expected a mapping of tensors")
    return {name: tensor for name, tensor in shard.items() if not name.endswith("rope.freqs")}


def vocabulary_rows(shards: list[Shard], params: MetaParams) -> int:
    """Return the rows of the output matrix, which is split by rows in every LLaMA."""
    if any("output.weight" not in shard for shard in shards):
        raise InputError("found no 'output.weight' in a shard, expected a LLaMA of Meta's")
    return sum(shard["output.weight"].shape[0] for shard in shards)


def check_names(folder: Path, shards: list[Shard], shapes: dict[str, tuple[int, ...]]) -> None:
    """Raise `InputError` unless every shard holds exactly what `params.json` implies."""
    for number, shard in enumerate(shards):
        place = f"{folder}/consolidated.{number:02}.pth"
        for name in shapes:
            if name not in shard:
                raise InputError(
                    f"{place}: the tensor {name!r} is missing; is params.json its own?"
                )
        for name in shard:
            if name not in shapes:
                raise InputError(f"{place}: unexpected tensor {name!r}; is params.json its own?")


def join_tensors(
    folder: Path, shards: list[Shard], params: MetaParams, rows: int
) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield Hugging Face's name and the whole tensor, one after another."""
    shapes = params.shapes(rows)
    for name, shape in track(shapes.items(), len(shapes), "converting", "tensor"):
        tensor = join(name, [shard[name] for shard in shards], params.dim)
        if tuple(tensor.shape) != shape:
            raise InputError(
                f"{folder}: {name}: {len(shards)} files give {tuple(tensor.shape)}, expected "
                f"{shape}: a file is missing, or params.json is another model's"
            )
        if name.endswith(("wq.weight", "wk.weight")):
            tensor = halve_rotary(tensor, params.head_dim)
        yield rename(name), tensor.contiguous()


def join(name: str, parts: list[torch.Tensor], dim: int) -> torch.Tensor:
    """Return the whole tensor of its shards' parts."""
    if len(parts) == 1 or parts[0].dim() == 1:
        return parts[0]
    columns = name.endswith(("wo.weight", "w2.weight"))
    if name == "tok_embeddings.weight":
        columns = parts[0].shape[1] != dim
    same = 0 if columns else 1
    if len({part.shape[same] for part in parts}) > 1:
        raise InputError(f"{name}: the files' shapes differ: {[tuple(p.shape) for p in parts]}")
    return torch.cat(parts, dim=1 - same)


def halve_rotary(weight: torch.Tensor, head_dim: int) -> torch.Tensor:
    """Reorder a (heads · head_dim, width) matrix from pairs (0 1)(2 3)… to halves 0 2 … 1 3 …."""
    rows, width = weight.shape
    pairs = weight.view(rows // head_dim, head_dim // 2, 2, width)
    return pairs.transpose(1, 2).reshape(rows, width)


def rename(name: str) -> str:
    """Return Hugging Face's name of one of Meta's tensors."""
    if name in OUTER:
        return OUTER[name]
    _, number, inner = name.removesuffix(".weight").split(".", 2)
    return f"model.layers.{number}.{NAMES[inner]}.weight"


def write_weights(
    tensors: Iterator[tuple[str, torch.Tensor]], output: Path, file_bytes: int
) -> int:
    """Write safetensors files of at most `file_bytes` (or one tensor); return how many."""
    files: list[list[str]] = []
    held: Shard = {}
    total = 0

    def flush() -> None:
        save_file(held, output / f"{len(files)}.part", metadata={"format": "pt"})
        files.append(list(held))
        held.clear()

    for name, tensor in tensors:
        if held and sum(map(nbytes, held.values())) + nbytes(tensor) > file_bytes:
            flush()
        held[name] = tensor
        total += nbytes(tensor)
    flush()
    name_files(files, total, output)
    return len(files)


def name_files(files: list[list[str]], total: int, output: Path) -> None:
    """Give the parts their final names, and an index where there are several."""
    if len(files) == 1:
        os.rename(output / "0.part", output / "model.safetensors")
        return
    names = [f"model-{n:05}-of-{len(files):05}.safetensors" for n in range(1, len(files) + 1)]
    for number, name in enumerate(names):
        os.rename(output / f"{number}.part", output / name)
    places = {tensor: name for name, held in zip(names, files, strict=True) for tensor in held}
    index = {"metadata": {"total_size": total}, "weight_map": places}
    write_json(output / "model.safetensors.index.json", index)


def nbytes(tensor: torch.Tensor) -> int:
    """Return the bytes a tensor takes."""
    return tensor.numel() * tensor.element_size()


def write_config(params: MetaParams, rows: int, dtype: torch.dtype, output: Path) -> None:
    """Write `config.json`; LLaMA's tokenizers begin texts with piece 1 and end them with 2."""
    LlamaConfig(
        architectures=["LlamaForCausalLM"],
        vocab_size=rows,
        hidden_size=params.dim,
        intermediate_size=params.intermediate,
        num_hidden_layers=params.layers,
        num_attention_heads=params.heads,
        num_key_value_heads=params.kv_heads,
        max_position_embeddings=params.window,
        rms_norm_eps=params.norm_eps,
        rope_parameters={"rope_type": "default", "rope_theta": params.rope_theta},
        tie_word_embeddings=False,
        bos_token_id=1,
        eos_token_id=2,
        dtype=str(dtype).removeprefix("torch."),
    ).save_pretrained(output)
