"""Rows for new tokens: mixtures and draws that depend on the old rows alone."""

import pytest
import torch

from scripts.tokenizer.embedding_rows import (
    NOISE,
    covariance_root,
    draw_rows,
    extend_matrix,
    mean_row,
    mean_rows,
    mix_parts,
    mix_rows,
    mix_similar,
    sparsemax,
)

WIDTH = 16


def matrix(rows=300, dtype=torch.float32, seed=1):
    generator = torch.Generator().manual_seed(seed)
    scales = torch.linspace(0.1, 2, WIDTH)
    return (torch.randn(rows, WIDTH, generator=generator) * scales + 0.5).to(dtype)


def stack(rows):
    return torch.stack(list(rows))


def test_parts_weigh_the_same_or_by_their_bytes():
    old, parts = matrix().double(), [[1, 2, 3], [4], [9, 9, 5]]
    even = stack(mix_rows(old, mix_parts(parts)))
    torch.testing.assert_close(even, stack(old[ids].mean(dim=0) for ids in parts))
    lengths = [1] * 300
    lengths[2] = 6
    weighted = stack(mix_rows(old, mix_parts(parts, lengths)))
    torch.testing.assert_close(weighted[0], (old[1] + 6 * old[2] + old[3]) / 8)
    torch.testing.assert_close(weighted[1:], even[1:])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_the_mean_is_that_of_all_rows_in_double_precision(dtype):
    old = matrix(10_000, dtype)
    rows = stack(mean_rows(old, 3))
    torch.testing.assert_close(rows, old.double().mean(dim=0).expand(3, WIDTH))
    assert rows.dtype == torch.float64


def test_noise_has_the_old_rows_mean_and_a_hundred_thousandth_of_their_covariance():
    old = matrix()
    drawn = stack(draw_rows(old, 20_000, seed=7))
    covariance = torch.cov(old.double().T, correction=0)
    assert NOISE == 1e-5
    torch.testing.assert_close(
        torch.cov(drawn.T), NOISE * covariance, rtol=0.05, atol=0.05 * NOISE * covariance.max()
    )
    torch.testing.assert_close(drawn.mean(dim=0), old.double().mean(dim=0), rtol=0, atol=1e-4)


def test_noise_depends_on_the_seed_and_on_nothing_else():
    old = matrix()
    assert torch.equal(stack(draw_rows(old, 5, seed=7)), stack(draw_rows(old, 5, seed=7)))
    assert not torch.equal(stack(draw_rows(old, 5, seed=7)), stack(draw_rows(old, 5, seed=8)))


def test_the_root_is_symmetric_and_right_where_the_covariance_is_singular():
    old = matrix()
    old[:, 3] = old[:, 4]  # two equal columns, and one that never changes
    old[:, 5] = 1
    root = covariance_root(old, mean_row(old))
    torch.testing.assert_close(root, root.T)
    torch.testing.assert_close(root @ root, torch.cov(old.double().T, correction=0))


@pytest.mark.parametrize(
    "make", [lambda old: draw_rows(old, 50, 1), lambda old: mean_rows(old, 50)]
)
def test_the_number_of_threads_does_not_show(make):
    old, threads, extended = matrix(9000), torch.get_num_threads(), []
    try:
        for number in (1, 2, 4):
            torch.set_num_threads(number)
            extended.append(extend_matrix(old, 9000, 9088, make))
            assert torch.get_num_threads() == number
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(extended[0], extended[1]) and torch.equal(extended[0], extended[2])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_old_rows_keep_their_bits_and_padding_is_their_mean(dtype):
    old = matrix(100, dtype)
    extended = extend_matrix(old, 90, 128, lambda rows: mix_rows(rows, mix_parts([[1, 2], [89]])))
    assert extended.shape == (128, WIDTH) and extended.dtype == dtype
    assert torch.equal(extended[:90], old[:90])
    # Not the base's own row 91, which belonged to no token.
    assert torch.equal(extended[91], old[89])
    assert torch.equal(extended[90], old[[1, 2]].double().mean(dim=0).to(dtype))
    assert torch.equal(extended[92:], old[:90].double().mean(dim=0).to(dtype).expand(36, WIDTH))


def test_an_output_layers_bias_grows_like_a_matrix():
    bias = torch.arange(10.0)
    extended = extend_matrix(bias, 10, 64, lambda rows: mix_rows(rows, mix_parts([[2, 4]])))
    assert extended.shape == (64,) and extended[10] == 3 and extended[63] == 4.5


def nearest_of_simplex(scores):
    """Find the threshold of the projection onto the simplex by bisection."""
    low, high = scores.min() - 1, scores.max()
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if (scores - middle).clamp(min=0).sum() > 1 else (low, middle)
    return (scores - low).clamp(min=0)


def test_sparsemax_is_the_nearest_point_of_the_simplex():
    scores = torch.randn(20, 30, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    found = sparsemax(scores)
    torch.testing.assert_close(found, torch.stack([nearest_of_simplex(row) for row in scores]))
    torch.testing.assert_close(found.sum(dim=1), torch.ones(20, dtype=torch.float64))
    assert (found == 0).any(dim=1).all()
    assert sparsemax(torch.tensor([[3.0]])) == 1


def test_focus_mixes_the_tokens_that_are_alike_and_no_others():
    # The second new token is as close to the first two old ones, whatever its vector's length.
    old = torch.tensor([[1.0, 0, 0], [0, 2, 0], [0, 0, 1]])
    new = torch.tensor([[5.0, 0, 0], [7, 7, 0]])
    (first, ones), (second, halves) = mix_similar(new, old, old_ids=[10, 20, 30])
    assert (first, ones) == ([10], [1.0])
    assert second == [10, 20] and halves == pytest.approx([0.5, 0.5])
