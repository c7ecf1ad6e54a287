"""Word embeddings that were published as a sum with the original model's.

BiLLa was released before LLaMA's weights could be passed on: its input embeddings are the sum of
its own and the original's, in the first rows, those of the original's vocabulary
(Neutralzz/BiLLa, embedding_convert.py; the sum is taken in float32). Whoever has the original
subtracts it, and can make such a release by adding it. The output matrix is as it was trained.
"""

from hashlib import sha256
from pathlib import Path

import torch
from tokenizers import Tokenizer

from scripts.common.errors import InputError
from scripts.convert.meta_llama import join, load_shard
from scripts.convert.meta_params import read_params
from scripts.study.base_folder import INPUT
from scripts.study.base_model import meta_shards, split_base
from scripts.tokenizer.weight_files import find_tensors, read_tensor, rewrite_file

META_NAME = "tok_embeddings.weight"
LLAMA_ROWS = 32000  # pieces of the vocabulary of LLaMA 1 and 2, some of which tell it from others
LLAMA_PIECES = {263: "▁a", 322: "▁and", 29871: "▁", 29889: "."}
# A sum holds the original twice, but for what training changed, a model's own matrix once.
SUMMED = 1.5
# Rows of tokens that were added later are no sums: the old ones are that many times as long. That
# is a guess: nobody could measure it on BiLLa's weights here.
LONGER = 1.6


def read_embeddings(source: str) -> torch.Tensor:
    """Return the input embeddings (rows, width) of a model, in float32.

    Args:
        source: a Hugging Face folder, or ``meta:`` and a folder in Meta's layout.
    """
    form, folder = split_base(source)
    if form == "meta":
        shards = [load_shard(path) for path in meta_shards(folder)]
        if any(META_NAME not in shard for shard in shards):
            raise InputError(
                f"{folder}: found no {META_NAME} in a shard, expected a LLaMA of Meta's"
            )
        parts = [shard[META_NAME] for shard in shards]
        return join(META_NAME, parts, read_params(folder).dim).float()
    name, file = find_embeddings(folder)
    return read_tensor(folder / file, name).float()


def digest_embeddings(source: str) -> str:
    """Return the SHA-256 of a model's input embeddings in float32."""
    return sha256(read_embeddings(source).contiguous().numpy().data).hexdigest()


def find_embeddings(folder: Path) -> tuple[str, str]:
    """Return the stored name of a folder's input embeddings, and the file they are in."""
    places = find_tensors(folder)
    found = [name for name in places if INPUT.search(name)]
    if len(found) != 1:
        raise InputError(f"{folder}: found {len(found)} input embeddings, expected one")
    return found[0], places[found[0]]


def subtract(folder: Path, source: str) -> None:
    """Subtract another model's input embeddings from those of a folder, in place.

    Args:
        folder: a Hugging Face folder whose files are its own; the number type is kept.
        source: the original, as in `read_embeddings`.

    Raises:
        InputError: where the original does not fit, or is not in the sum.
    """
    shared = share_of(folder, source)
    if shared < SUMMED:
        raise InputError(
            f"base.minus: the word embeddings of the base hold those of {source} {shared:.2f} "
            "times, a sum would hold them about twice: they are not a sum with them; leave "
            "'minus' out, or name the model that they were summed with"
        )
    combine(folder, source, -1)


def add(folder: Path, source: str) -> None:
    """Add another model's input embeddings to those of a folder, in place; as `subtract`."""
    shared = share_of(folder, source)
    if shared >= SUMMED:
        raise InputError(
            f"release.plus: the word embeddings hold those of {source} {shared:.2f} times: they "
            "are a sum with them already"
        )
    combine(folder, source, 1)


def share_of(folder: Path, source: str) -> float:
    """Return how often the original's embeddings are in a folder's: the least-squares factor."""
    name, file = find_embeddings(folder)
    matrix, original = read_tensor(folder / file, name).float(), read_embeddings(source)
    check_shapes(matrix, original, source)
    old = matrix[: len(original)]
    squares = original.double().pow(2).sum()
    return float((old.double() * original.double()).sum() / squares)


def check_shapes(matrix: torch.Tensor, original: torch.Tensor, source: str) -> None:
    """Refuse an original of another width, or with more rows."""
    if matrix.shape[1] != original.shape[1] or len(matrix) < len(original):
        raise InputError(
            f"the word embeddings of {source} are {tuple(original.shape)}, those of the model "
            f"{tuple(matrix.shape)}; expected as many columns, and no more rows"
        )


def combine(folder: Path, source: str, sign: int) -> None:
    """Add the original's rows, times `sign`, to a folder's first ones; in float32."""
    name, file = find_embeddings(folder)
    stored, original = read_tensor(folder / file, name), read_embeddings(source)
    matrix = stored.float()
    matrix[: len(original)] += sign * original
    path = folder / file
    written = path.with_name(f".{file}.partial")
    rewrite_file(path, written, {name: matrix.to(stored.dtype)})
    written.replace(path)


def check_no_sum(folder: Path) -> None:
    """Refuse a LLaMA with an extended vocabulary whose old rows are a sum, by their length.

    Only an original that is named tells for certain, so ``minus: nothing`` leaves this out.
    """
    if not extends_llama(folder):
        return
    name, file = find_embeddings(folder)
    lengths = read_tensor(folder / file, name).float().norm(dim=1)
    old, new = lengths[:LLAMA_ROWS].median(), lengths[LLAMA_ROWS:].median()
    if new > 0 and old / new >= LONGER:
        raise InputError(
            f"base.from: the word embeddings of LLaMA's {LLAMA_ROWS} tokens are {old / new:.1f} "
            "times as long as the others: they look like a sum with LLaMA's, as BiLLa's release "
            "is. Add minus: meta:/path/to/llama/7B to subtract them, or minus: nothing"
        )


def extends_llama(folder: Path) -> bool:
    """Tell whether a folder's vocabulary is LLaMA's (1 or 2) and more behind it."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    if tokenizer.get_vocab_size() <= LLAMA_ROWS:
        return False
    return all(tokenizer.id_to_token(number) == name for number, name in LLAMA_PIECES.items())
