"""Rows for new tokens, made of the old rows of an embedding matrix.

Every function takes the old rows (tokens x width, of any floating type) and yields new rows in
double precision; what stores them rounds. Sums run on one thread, so that the number of threads
does not show in the result.

A new row is mostly a *mixture*, old ids and their weights: its parts', evenly or by their bytes,
or those of similar tokens (FOCUS). `mean` and `mean_noise` need no tokens at all.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch

BLOCK = 4096  # rows that are in double precision at a time
NOISE = 1e-5  # of the covariance, as Hewitt's code has it (mean_noise)

Mixture = tuple[Sequence[int], Sequence[float]]
Rows = Iterable[torch.Tensor]


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread as long as the block runs."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def mean_row(old: torch.Tensor) -> torch.Tensor:
    """Return the mean of all rows (width)."""
    total = torch.zeros(old.shape[1], dtype=torch.float64)
    for block in old.split(BLOCK):
        total += block.double().sum(dim=0)
    return total / len(old)


def mean_rows(old: torch.Tensor, count: int) -> Rows:
    """Yield the mean of all rows `count` times (Hewitt 2021, "averaging")."""
    row = mean_row(old)
    for _ in range(count):
        yield row


def draw_rows(old: torch.Tensor, count: int, seed: int) -> Rows:
    """Yield rows drawn from the normal distribution of the old rows' mean and covariance x 1e-5.

    John Hewitt, "Initializing New Word Embeddings for Pretrained Language Models" (2021),
    https://nlp.stanford.edu/~johnhew/vocab-expansion.html: the covariance is divided by the number
    of rows and scaled by 1e-5 (transformers' `resize_token_embeddings` scales by 1e-9).
    """
    mean = mean_row(old)
    root = covariance_root(old, mean) * NOISE**0.5
    generator = torch.Generator().manual_seed(seed)
    for first in range(0, count, BLOCK):
        shape = (min(BLOCK, count - first), len(mean))
        yield from mean + torch.randn(shape, generator=generator, dtype=torch.float64) @ root


def covariance_root(old: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
    """Return the symmetric square root (width x width) of the rows' covariance.

    It is the same whichever signs the eigenvectors come out with.
    """
    covariance = torch.zeros(len(mean), len(mean), dtype=torch.float64)
    for block in old.split(BLOCK):
        centred = block.double() - mean
        covariance += centred.T @ centred
    values, vectors = torch.linalg.eigh(covariance / len(old))
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.T


def mix_rows(old: torch.Tensor, mixtures: Iterable[Mixture]) -> Rows:
    """Yield each mixture's weighted mean of old rows."""
    for ids, weights in mixtures:
        shares = torch.tensor(weights, dtype=torch.float64)
        yield (old[list(ids)].double() * shares[:, None]).sum(dim=0) / shares.sum()


def mix_parts(parts: Iterable[list[int]], lengths: Sequence[int] | None = None) -> list[Mixture]:
    """Return the mixtures of tokens' parts, weighted by `lengths` (of all old tokens) if given."""
    return [(ids, [lengths[part] if lengths else 1 for part in ids]) for ids in parts]


def mix_similar(new: torch.Tensor, old: torch.Tensor, old_ids: Sequence[int]) -> list[Mixture]:
    """Return FOCUS's mixtures: sparsemax of the cosine similarities to the overlapping tokens.

    Konstantin Dobler and Gerard de Melo, "FOCUS: Effective Embedding Initialization for Monolingual
    Specialization of Multilingual Models" (EMNLP 2023, arXiv 2305.14481).

    Args:
        new: auxiliary vectors of new tokens (tokens x dimensions).
        old: those of the overlap; `old_ids` are its ids.
    """
    ids = torch.tensor(old_ids)
    overlap = unit(old)
    mixtures: list[tuple[Sequence[int], Sequence[float]]] = []
    for block in unit(new).split(64):
        for weights in sparsemax(block @ overlap.T):
            kept = weights.nonzero().flatten()
            mixtures.append((ids[kept].tolist(), weights[kept].tolist()))
    return mixtures


def unit(vectors: torch.Tensor) -> torch.Tensor:
    """Return vectors of length one, in double precision; a vector of zeros stays."""
    return torch.nn.functional.normalize(vectors.double(), dim=-1)


def sparsemax(scores: torch.Tensor) -> torch.Tensor:
    """Return the point of the simplex that is nearest to each row of `scores`.

    Martins and Astudillo, "From Softmax to Sparsemax" (ICML 2016, arXiv 1602.02068), algorithm 1.
    """
    ordered = scores.sort(dim=-1, descending=True).values
    sums = ordered.cumsum(dim=-1) - 1
    counts = torch.arange(1, scores.shape[-1] + 1, dtype=scores.dtype)
    size = (ordered * counts > sums).sum(dim=-1, keepdim=True)
    return (scores - sums.gather(-1, size - 1) / size).clamp(min=0)


@dataclass(frozen=True)
class Layout:
    """Where rows go whose vocabulary has lost tokens of the base.

    The old rows `old` go to `places`, the new ones, in their order, to `new`; the padding is behind
    the first `size` rows.
    """

    old: list[int]
    places: list[int]
    new: list[int]
    size: int


def extend_matrix(
    matrix: torch.Tensor,
    base_size: int,
    rows: int,
    make_rows: Callable[[torch.Tensor], Rows],
    layout: Layout | None = None,
) -> torch.Tensor:
    """Return a matrix of `rows` rows: the first `base_size`, what `make_rows` yields, padding.

    The old rows keep their bits, the dtype stays; padding rows are the mean of the old ones. A
    vector, such as the bias of an output layer, counts as a matrix one number wide. By a `layout`
    rows go elsewhere.
    """
    old = matrix[:base_size].reshape(base_size, -1)
    extended = torch.empty(rows, *matrix.shape[1:], dtype=matrix.dtype)
    filled = extended.view(rows, -1)
    if layout:
        filled[layout.places] = old[layout.old]
    else:
        filled[:base_size] = old
    with one_thread():
        end = base_size
        for end, row in enumerate(make_rows(old), start=base_size + 1):
            filled[layout.new[end - base_size - 1] if layout else end - 1] = row
        filled[layout.size if layout else end :] = mean_row(old)
    return extended
