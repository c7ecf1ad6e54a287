"""Byte-level BPE in a ``tokenizer.json``: reading it, appending to it.

spec = read_bpe(Path("results/models/base"))
append_merges(spec, learn_tokens(spec, texts, script, wanted=3000, label="zh tokens"))
"""

import json
from collections.abc import Container, Iterable
from functools import partial

from scripts.common.progress import Progress
from scripts.tokenizer.byte_bpe import Merge, learn_merges
from scripts.tokenizer.count_words import CHARACTER_OF, count_words
from scripts.tokenizer.pair_queue import Pair
from scripts.tokenizer.script_class import ScriptClass, may_become_token
from scripts.tokenizer.tokenizer_json import Spec, split_merge

BYTE_OF = {character: byte for byte, character in CHARACTER_OF.items()}


def write_piece(piece: bytes) -> str:
    """Return how byte-level BPE writes these bytes."""
    return "".join(CHARACTER_OF[byte] for byte in piece)


def read_piece(token: str) -> bytes | None:
    """Return the bytes of a token; None if it is not byte-level (a special token, say)."""
    try:
        return bytes(BYTE_OF[character] for character in token)
    except KeyError:
        return None


def spell_piece(token: str) -> str:
    """Return a byte-level token as a person reads it; bytes that are no text as ``<0xE4>``."""
    piece = read_piece(token)
    if piece is None:
        return token
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return "".join(f"<0x{byte:02X}>" for byte in piece)


def vocabulary_size(spec: Spec) -> int:
    """Return one more than the largest id."""
    added = (token["id"] for token in spec["added_tokens"])
    return 1 + max(*spec["model"]["vocab"].values(), *added)


def read_merges(spec: Spec) -> dict[Pair, int]:
    """Return the pairs of ids that the tokenizer merges, in its order, and what each becomes."""
    vocab = spec["model"]["vocab"]
    pairs = map(split_merge, spec["model"]["merges"])
    return {(vocab[left], vocab[right]): vocab[left + right] for left, right in pairs}


def learn_tokens(
    spec: Spec,
    texts: Iterable[str],
    script: ScriptClass,
    wanted: int,
    label: str,
    processes: int = 1,
    barred: Container[Pair] = (),
) -> list[Merge]:
    """Return the merges that make `wanted` new tokens for `texts`, or as many as there are.

    None is of a pair that is `barred`.
    """
    found = learn_merges(
        count_words(read_splitter(spec), texts, script.one, processes),
        read_pieces(spec),
        read_merges(spec),
        partial(may_become_token, script=script),
        vocabulary_size(spec),
        barred,
    )
    merges: list[Merge] = []
    progress = Progress(wanted, label, "token")
    while progress.done < wanted and (merge := next(found, None)):
        merges.append(merge)
        progress.update(merge.new)
    progress.close()
    return merges


def read_pieces(spec: Spec) -> dict[int, bytes]:
    """Return the bytes of every token of the model, none of one that is not byte-level."""
    return {token: read_piece(name) or b"" for name, token in spec["model"]["vocab"].items()}


def read_splitter(spec: Spec) -> str:
    """Return the JSON of a tokenizer that splits text into pre-tokens as `spec` does.

    Without a vocabulary it loads at once, in every process and for every chunk.
    """
    model = {"type": "BPE", "vocab": {}, "merges": []}
    return json.dumps(spec | {"model": model, "added_tokens": [], "post_processor": None})


def append_merges(spec: Spec, merges: Iterable[Merge]) -> None:
    """Append merges and their new tokens to `spec`.

    Special tokens outside of the model's vocabulary are entered there under the ids they have:
    `tokenizers` would otherwise renumber them, behind the new tokens.
    """
    vocab, listed = spec["model"]["vocab"], spec["model"]["merges"]
    for token in spec["added_tokens"]:
        vocab.setdefault(token["content"], token["id"])
    names = {token: name for name, token in vocab.items()}
    joined = bool(listed) and isinstance(listed[0], str)  # as older files write merges
    for merge in merges:
        names[merge.token] = write_piece(merge.piece)
        vocab[names[merge.token]] = merge.token
        pair = [names[merge.left], names[merge.right]]
        listed.append(" ".join(pair) if joined else pair)
