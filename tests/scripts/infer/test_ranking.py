"""Choices are ranked as plain passes over prompt and choice say, whatever ranks them and how."""

import pytest

from scripts.infer.choice_rows import ALONE, APART, ONE_ROW
from scripts.infer.load import load_model
from scripts.infer.ranking import Ranking, encode_unasked, rank
from scripts.infer.record_text import record_tokenizer
from scripts.study.prompts import PromptFormat, get_format

QUESTIONS = ["Which is a word for harbour?", "Which?", "Which of these is 明月光, and a bit more?"]
CHOICES = [["sea", "a quiet boat"], ["moon", "公园散步吧", "x"], ["no", "床前", "flour", "yes"]]


@pytest.fixture(scope="module")
def loaded(tiny_model):
    model, tokenizer, _ = load_model(tiny_model, "float32")
    return model, tokenizer


def log_likelihoods(model, ids):
    """Return log p of every id but the first, by one pass without a cache."""
    import torch

    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float()
    found = logits[:-1].log_softmax(-1).gather(1, torch.tensor(ids[1:])[:, None])
    return found[:, 0].tolist()


def expected_score(by, model, unasked, prompt, choice, text):
    """Return a score from plain passes over the whole of prompt and choice."""
    whole = log_likelihoods(model, prompt + choice)
    asked = sum(whole[len(prompt) - 1 :])
    alone = sum(log_likelihoods(model, unasked + choice)[len(unasked) - 1 :])
    return {
        "byte": asked / len(text.encode()),
        "token": asked / len(choice),
        "sum": asked,
        "unconditional": asked - alone,
        "perplexity": sum(whole) / len(whole),
    }[by]


@pytest.mark.parametrize("way", [ONE_ROW, APART, ALONE])
@pytest.mark.parametrize("by", ["byte", "token", "sum", "unconditional", "perplexity"])
def test_scores_are_those_of_plain_passes(loaded, by, way):
    import torch

    model, tokenizer = loaded
    form, reader = get_format("chatml"), record_tokenizer(tokenizer)
    asked = [form.render({"instruction": text, "input": ""}) for text in QUESTIONS]
    prompts, choices = tokenizer(asked)["input_ids"], [reader.encode(row) for row in CHOICES]
    unasked = tokenizer(form.render({"instruction": "", "input": ""}))["input_ids"]
    assert encode_unasked(form, tokenizer) == unasked
    ranking = Ranking(by, unasked, tokenizer.eos_token_id, way)
    with torch.inference_mode():
        results = ranking.rank(model, prompts, choices, CHOICES)
    for result, prompt, row, texts in zip(results, prompts, choices, CHOICES, strict=True):
        scores = [
            expected_score(by, model, unasked, prompt, ids, text)
            for ids, text in zip(row, texts, strict=True)
        ]
        assert result["scores"] == pytest.approx(scores, abs=1e-4)
        assert result["prediction"] == scores.index(max(scores))


def test_a_prompt_of_one_token_has_nothing_that_is_predicted(loaded):
    import torch

    model, tokenizer = loaded
    ranking = Ranking("perplexity", [0], tokenizer.eos_token_id)
    with torch.inference_mode():
        (result,) = ranking.rank(model, [[5]], [[[6], [7, 8]]], [["a", "b"]])
    scores = [
        sum(found) / len(found)
        for found in (log_likelihoods(model, [5, *ids]) for ids in ([6], [7, 8]))
    ]
    assert result["scores"] == pytest.approx(scores, abs=1e-4)
    assert result["prompt_log_likelihood"] == 0.0


def test_with_nothing_asked_a_text_still_begins(loaded):
    _, tokenizer = loaded
    assert encode_unasked(PromptFormat("{query}", "{eos}"), tokenizer) == [tokenizer.bos_token_id]


def test_of_bytes_nothing_is_written_but_scores_and_the_first_of_equals_wins():
    found = rank("byte", ["ab", "cd", "光"], [1, 1, 1], [-2.0, -2.0, -9.0], {})
    assert found == {"prediction": 0, "scores": [-1.0, -1.0, -3.0]}


def test_other_measures_write_what_scores_come_from():
    facts = {"unasked_log_likelihoods": [-1.0, -4.0]}
    found = rank("unconditional", ["ab", "cd"], [1, 2], [-2.0, -3.0], facts)
    assert found == {
        "prediction": 1,
        "scores": [-1.0, 1.0],
        "log_likelihoods": [-2.0, -3.0],
        "choice_tokens": [1, 2],
        **facts,
    }
