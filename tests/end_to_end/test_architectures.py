"""Of every architecture: what is packed, cached or shared gives what plain forward passes give."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from scripts.infer.choice_rows import score_choices
from scripts.infer.greedy import decode_greedily
from scripts.infer.measure_text import measure_windows
from scripts.train.packed_loss import packed_loss
from tests.support.architectures import NAMES, make_model, make_stage

EXACT = 1e-5  # relative, float32
# Beyond the window of 16 tokens, and below it.
LENGTHS = (41, 5, 17, 16, 30)


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def model(name):
    return make_model(name)


def texts(*lengths: int) -> list[list[int]]:
    """Return random ids, apart from the special ones; the first four are the same in all."""
    draw = np.random.default_rng(3)
    return [[7, 8, 9, 10, *draw.integers(11, 128, length - 4).tolist()] for length in lengths]


def plain_logits(model, ids: list[int]) -> torch.Tensor:
    """Return the logits (tokens, vocabulary) of a pass over one text, without a cache."""
    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float()


def log_prob(model, prompt: list[int], answer: list[int]) -> float:
    """Return log p(answer | prompt) in nats."""
    found = plain_logits(model, prompt + answer)[len(prompt) - 1 : -1].log_softmax(-1)
    return found.gather(1, torch.tensor(answer)[:, None]).sum().item()


def pack(rows: list[list[list[int]]], length: int) -> dict[str, torch.Tensor]:
    """Return packed rows; all but an example's first three tokens carry loss."""
    found = {
        name: torch.zeros(len(rows), length, dtype=torch.int64)
        for name in ("input_ids", "position_ids")
    }
    found["labels"] = torch.full((len(rows), length), -100)
    for row, examples in enumerate(rows):
        start = 0
        for ids in examples:
            place = slice(start, start + len(ids))
            found["input_ids"][row, place] = torch.tensor(ids)
            found["position_ids"][row, place] = torch.arange(len(ids))
            found["labels"][row, start + 3 : start + len(ids)] = torch.tensor(ids[3:])
            start += len(ids)
    return found


def test_the_loss_of_packed_rows_is_the_sum_of_single_ones(model, name, tmp_path):
    examples = texts(*LENGTHS)
    rows = pack([examples[:3], examples[3:]], sum(LENGTHS[:3]))
    with torch.no_grad():
        found = packed_loss(make_stage(name, tmp_path), **rows).item()
    expected = sum(
        cross_entropy(plain_logits(model, ids)[2:-1], torch.tensor(ids[3:]), reduction="sum").item()
        for ids in examples
    )
    assert found == pytest.approx(expected, rel=EXACT)


def test_answers_are_those_of_passes_without_a_cache(model):
    prompts, limit = texts(*LENGTHS), 12
    with torch.inference_mode():
        found = decode_greedily(model, prompts, [[2]], limit, pad=0)
    for prompt, answer in zip(prompts, found, strict=True):
        ids = list(prompt)
        for _ in range(limit):
            ids.append(int(plain_logits(model, ids)[-1].argmax()))
            if ids[-1] == 2:
                break
        assert answer == ids[len(prompt) :]


def test_choices_score_as_each_alone(model):
    prompts = texts(*LENGTHS)
    choices = [[[20], [21, 22, 23], texts(9)[0]], [[24, 25]], [[26]], [[27], [28, 29]], [[30] * 5]]
    with torch.inference_mode():
        found = score_choices(model, prompts, choices, pad=2)
    for prompt, options, nats in zip(prompts, choices, found, strict=True):
        expected = [log_prob(model, prompt, choice) for choice in options]
        assert nats == pytest.approx(expected, rel=EXACT)


def test_texts_are_measured_as_each_alone(model):
    windows = texts(*LENGTHS)
    with torch.inference_mode():
        found = measure_windows(model, windows, pad=2)
    for ids, nats in zip(windows, found, strict=True):
        assert -nats.sum().item() == pytest.approx(log_prob(model, ids[:1], ids[1:]), rel=EXACT)
