"""Of every architecture: the way that is taken gives what plain forward passes give.

What is refused, and which way is taken where it is not the fastest, stands in architectures.yaml.
"""

import pytest
import torch
from torch.nn.functional import cross_entropy

from scripts.convert.probe_texts import LENGTHS, log_prob, plain_logits, probe_texts
from scripts.infer.choice_rows import score_choices
from scripts.infer.decoding import decode_greedily
from scripts.infer.likelihood import measure_windows
from scripts.train.packed_loss import packed_loss
from scripts.train.ways import WAYS, pack_rows
from tests.support.architectures import KNOWN, NAMES, find_verdict, make_model

EXACT = 1e-5  # relative, float32
WAY_OF_NAME = {way.name: way for way in WAYS}


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def model(name):
    return make_model(name)


@pytest.fixture
def ways(name):
    return find_verdict(name)["ways"]


def test_the_ways_are_those_that_are_known(name):
    verdict = find_verdict(name)
    taken = {
        subject: verdict["ways"][subject]
        for subject, tried in verdict["tried"].items()
        if verdict["ways"][subject] != next(iter(tried))
    }
    assert taken == KNOWN["ways"].get(name, {})


def test_the_loss_of_packed_rows_is_the_sum_of_single_ones(name, ways):
    examples = probe_texts(*LENGTHS)
    way = WAY_OF_NAME[ways["pack"]]
    rows = pack_rows([examples[:3], examples[3:]], sum(LENGTHS[:3]))
    with torch.no_grad():
        found = packed_loss(make_model(name, way.attention), **rows, apart=way.apart).item()
    plain = make_model(name, "eager")
    expected = sum(
        cross_entropy(plain_logits(plain, ids)[3:-1], torch.tensor(ids[4:]), reduction="sum").item()
        for ids in examples
    )
    assert found == pytest.approx(expected, rel=EXACT)


def test_answers_are_those_of_passes_without_a_cache(model, ways):
    prompts, limit = probe_texts(*LENGTHS), 12
    with torch.inference_mode():
        found = decode_greedily(model, prompts, [[2]], limit, pad=0, way=ways["generate"])
    for prompt, answer in zip(prompts, found, strict=True):
        ids = list(prompt)
        for _ in range(limit):
            ids.append(int(plain_logits(model, ids)[-1].argmax()))
            if ids[-1] == 2:
                break
        assert answer == ids[len(prompt) :]


def test_choices_score_as_each_alone(model, ways):
    prompts = probe_texts(*LENGTHS)
    choices = [[[20], [21, 22, 23], [31, 9] * 4], [[24, 25]], [[26]], [[27], [28, 29]], [[30] * 5]]
    with torch.inference_mode():
        found = score_choices(model, prompts, choices, pad=2, way=ways["rank"])
    for prompt, options, nats in zip(prompts, choices, found, strict=True):
        expected = [log_prob(model, prompt, choice) for choice in options]
        assert nats == pytest.approx(expected, rel=EXACT)


def test_texts_are_measured_as_each_alone(model, ways):
    windows = probe_texts(*LENGTHS)
    with torch.inference_mode():
        found = measure_windows(model, windows, pad=2, way=ways["measure"])
    for ids, nats in zip(windows, found, strict=True):
        assert -nats.sum().item() == pytest.approx(log_prob(model, ids[:1], ids[1:]), rel=EXACT)
