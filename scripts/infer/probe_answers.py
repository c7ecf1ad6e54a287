"""Answers of a small copy of a model, in each way, against plain forward passes without a cache."""

from functools import partial

import torch
from transformers import PretrainedConfig, PreTrainedModel

from scripts.convert.exactness import Tried, distance, measured, try_ways
from scripts.convert.probe_texts import LENGTHS, log_prob, plain_logits, probe_texts
from scripts.convert.small_copy import make_copy
from scripts.infer import likelihood
from scripts.infer.attention import choose_attention
from scripts.infer.choice_rows import ALONE, APART, ONE_ROW, score_choices
from scripts.infer.decoding import PADDED, SINGLE, SLOTS, WHOLE, Decoding, decode_rows
from scripts.infer.ending import has_ended
from scripts.infer.pick import Row, pick_likeliest

LIMIT = 6  # tokens an answer may have
# One batch within the copies' window of 16 tokens, one beyond it.
BATCHES = ((5, 9, 7), LENGTHS)
CHOICES = [[[20], [21, 22, 23], [24] * 9], [[24, 25]], [[26]], [[27], [28, 29]], [[30] * 5]]
Steps = list[torch.Tensor]  # the logits of each step


@measured
def measure_generation(config: PretrainedConfig) -> Tried:
    """Return how far greedy decoding is from plain passes token by token, in every way."""
    model, plain = make_copy(config, choose_attention(config)), make_copy(config, "eager")
    batches = [probe_texts(*lengths) for lengths in BATCHES]
    free = [[answer_plainly(plain, prompt, []) for prompt in prompts] for prompts in batches]
    # Rows end at different steps: one after its second token, one after its third and fourth.
    ends = [free[0][0][0][1:2], free[1][2][0][2:4]]
    expected = [[answer_plainly(plain, prompt, ends) for prompt in p] for p in batches]
    ways = {
        way: partial(generation_error, model, way, batches, expected, ends)
        for way in (SLOTS, PADDED, SINGLE, WHOLE)
    }
    return try_ways(ways)


def answer_plainly(
    model: PreTrainedModel, prompt: list[int], ends: list[list[int]]
) -> tuple[list[int], Steps]:
    """Return an answer and its steps, each step a pass over all before it."""
    answer: list[int] = []
    steps: Steps = []
    while len(answer) < LIMIT and not has_ended(answer, ends):
        steps.append(plain_logits(model, prompt + answer)[-1])
        answer.append(int(steps[-1].argmax()))
    return answer, steps


def generation_error(
    model: PreTrainedModel,
    way: str,
    batches: list[list[list[int]]],
    expected: list[list[tuple[list[int], Steps]]],
    ends: list[list[int]],
) -> float:
    """Return the larger relative error of a batch's logits; infinite where answers differ."""
    worst = 0.0

    def ended(row: Row) -> bool:
        return len(row.answer) >= LIMIT or has_ended(row.answer, ends)

    for prompts, wanted in zip(batches, expected, strict=True):
        found: list[Steps] = [[] for _ in prompts]

        def pick(rows: list[Row], logits: torch.Tensor, found: list[Steps] = found) -> list[int]:
            """Take the likeliest tokens, and keep the logits."""
            for row, row_logits in zip(rows, logits, strict=True):
                found[row.number].append(row_logits.float())
            return pick_likeliest(rows, logits)

        # Fewer slots than prompts, so that rows replace others.
        with torch.inference_mode():
            answers = decode_rows(model, prompts, pick, ended, LIMIT, 0, Decoding(way, 2))
        if answers != [answer for answer, _ in wanted]:
            return float("inf")
        own, plain = (
            torch.cat([logits for steps in rows for logits in steps])
            for rows in (found, [steps for _, steps in wanted])
        )
        worst = max(worst, distance(own, plain))
    return worst


@measured
def measure_ranking(config: PretrainedConfig) -> Tried:
    """Return how far the log-likelihoods of choices are from those of each alone, by way."""
    model, plain = make_copy(config, choose_attention(config)), make_copy(config, "eager")
    prompts = probe_texts(*LENGTHS)
    expected = [
        log_prob(plain, prompt, choice)
        for prompt, options in zip(prompts, CHOICES, strict=True)
        for choice in options
    ]

    def error(way: str) -> float:
        """Return the relative error of one way."""
        with torch.inference_mode():
            found = score_choices(model, prompts, CHOICES, 0, way)
        return worst_of([nats for row in found for nats in row], expected)

    return try_ways({way: partial(error, way) for way in (ONE_ROW, APART, ALONE)})


@measured
def measure_texts(config: PretrainedConfig) -> Tried:
    """Return how far the log-likelihoods of texts are from those of each alone, by way."""
    model, plain = make_copy(config, choose_attention(config)), make_copy(config, "eager")
    texts = probe_texts(*LENGTHS)
    expected = [-log_prob(plain, ids[:1], ids[1:]) for ids in texts]

    def error(way: str) -> float:
        """Return the relative error of one way."""
        with torch.inference_mode():
            found = likelihood.measure_windows(model, texts, 0, way)
        return worst_of([nats.sum().item() for nats in found], expected)

    return try_ways({way: partial(error, way) for way in (likelihood.PADDED, likelihood.ALONE)})


def worst_of(found: list[float], expected: list[float]) -> float:
    """Return the largest relative error of numbers."""
    return max(abs(a - b) / abs(b) for a, b in zip(found, expected, strict=True))
