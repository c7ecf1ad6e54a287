"""The file of auxiliary vectors: token ids that the study's text has often enough, and vectors.

`train_auxiliary` writes it, `extend_model` reads it for FOCUS.
"""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.files import atomic_path, sha256
from scripts.tokenizer.embedding_rows import Mixture, mix_similar, one_thread
from scripts.tokenizer.extension_file import VocabularyExtension

TOKENIZER = "tokenizer_sha256"


def write_vectors(path: Path, ids: torch.Tensor, vectors: torch.Tensor, tokenizer: Path) -> None:
    """Write the ids (tokens) and vectors (tokens x dimensions) of a tokenizer's tokens."""
    # One key of metadata, for safetensors writes several in another order each time.
    metadata = {TOKENIZER: sha256(tokenizer / "tokenizer.json")}
    with atomic_path(path) as partial:
        save_file({"ids": ids, "vectors": vectors}, partial, metadata=metadata)


def read_vectors(path: Path, tokenizer: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids and vectors; `InputError` if they are of another tokenizer than `tokenizer`."""
    try:
        with safe_open(path, framework="pt") as file:
            found = (file.metadata() or {}).get(TOKENIZER)
            names = set(file.keys())
            if found is None or names != {"ids", "vectors"}:
                raise InputError(f"{path}: no file of train_auxiliary, found {sorted(names)}")
            ids, vectors = file.get_tensor("ids"), file.get_tensor("vectors")
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: no vectors of train_auxiliary: {error}") from None
    if found != sha256(tokenizer / "tokenizer.json"):
        raise InputError(f"{path}: these are vectors of another tokenizer than {tokenizer}")
    return ids, vectors


def mix_auxiliary(
    path: Path, tokenizer: Path, extension: VocabularyExtension, parts: list[Mixture]
) -> list[Mixture]:
    """Return FOCUS's mixture of each new token; where it has no vector, that of its `parts`.

    The ids in mixtures are the base's. Raises `InputError` as `read_vectors` does.
    """
    ids, vectors = read_vectors(path, tokenizer)
    mixtures = list(parts)
    place = {token.id: place for place, token in enumerate(extension.tokens)}
    was = {new: old for old, new in extension.old_numbers().items()}
    is_new = torch.tensor([number in place for number in ids.tolist()], dtype=torch.bool)
    old, new = (~is_new).nonzero().flatten(), is_new.nonzero().flatten()
    if len(old) and len(new):
        with one_thread():
            numbers = [was[number] for number in ids[old].tolist()]
            similar = mix_similar(vectors[new], vectors[old], numbers)
        for number, mixture in zip(ids[new].tolist(), similar, strict=True):
            mixtures[place[number]] = mixture
    seen = len(new) if len(old) else 0
    log.info(
        "focus: %d new tokens are mixed of %d old ones; %d, too rare in the text, of their parts",
        *(seen, len(old), len(mixtures) - seen),
    )
    return mixtures
