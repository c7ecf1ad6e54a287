"""Ranking: all choices in one row score as each of them alone."""

import re

import pytest
import torch

from scripts.common.errors import InputError
from scripts.common.files import read_json, read_jsonl, write_jsonl
from scripts.infer import explain_case, rank_choices
from scripts.infer.choice_rows import score_choices
from scripts.infer.load import load_model
from scripts.infer.ranking import Ranking

PROMPTS = [
    "Which word is the closest in meaning to this one? harbour",
    "Which word is the closest in meaning to this one? 明月光 and more",
    "Which?",
]
CHOICES = [
    ["sea", "a quiet boat", "床前"],
    ["moon", "公园散步吧", "x", "flour and water"],
    ["no", "yes"],
]


def score_alone(model, prompt, choice):
    ids = torch.tensor([prompt + choice])
    log_probs = model(input_ids=ids).logits[0].float().log_softmax(-1)
    start = len(prompt) - 1
    return sum(log_probs[start + place, token].item() for place, token in enumerate(choice))


def write_benchmark(path, records=None):
    if records is None:
        pairs = zip(PROMPTS, CHOICES, strict=True)
        records = [{"input": prompt, "choices": choices} for prompt, choices in pairs]
    common = {"task": "choice", "instruction": "Answer.", "output": "", "answer": 0}
    write_jsonl(path, ({"id": str(n), **common, **record} for n, record in enumerate(records)))
    return path


def rank(model, tmp_path, batch_size=2, records=None, more=()):
    benchmark = write_benchmark(tmp_path / "b.jsonl", records)
    output = tmp_path / "p.jsonl"
    options = ["--model", str(model), "--benchmark", str(benchmark), "--format", "chatml"]
    options += ["--batch-size", str(batch_size), "--output", str(output), *more]
    rank_choices.main(rank_choices.parser().parse_args(options))
    return read_jsonl(output)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("rows", [[0], [0, 1], [0, 1, 2]])
def test_choices_in_one_row_score_as_each_alone(tiny_model, attention, rows):
    import torch

    model, tokenizer, _ = load_model(tiny_model)
    model.set_attn_implementation(attention)
    prompts = tokenizer([PROMPTS[row] for row in rows])["input_ids"]
    choices = [rank_choices.encode_choices(CHOICES[row], tokenizer) for row in rows]
    with torch.inference_mode():
        together = score_choices(model, prompts, choices, tokenizer.eos_token_id)
        alone = [
            [score_alone(model, prompt, choice) for choice in row]
            for prompt, row in zip(prompts, choices, strict=True)
        ]
    assert model.config._attn_implementation == attention
    for found, expected in zip(together, alone, strict=True):
        assert found == pytest.approx(expected, abs=1e-4)


def test_scores_are_per_byte_and_the_highest_wins(tiny_model, tmp_path):
    records = rank(tiny_model, tmp_path)
    assert [record["id"] for record in records] == ["0", "1", "2"]
    model, tokenizer, _ = load_model(tiny_model)
    from scripts.study.prompts import get_format

    for record in records:
        prompt = tokenizer(get_format("chatml").render(record))["input_ids"]
        expected = [
            score_alone(model, prompt, ids) / len(text.encode())
            for text, ids in zip(
                record["choices"],
                rank_choices.encode_choices(record["choices"], tokenizer),
                strict=True,
            )
        ]
        assert record["scores"] == pytest.approx(expected, abs=1e-4)
        assert record["scores"][record["prediction"]] == max(record["scores"])


def test_the_batch_size_does_not_matter(tiny_model, tmp_path):
    one, three = (rank(tiny_model, tmp_path / str(size), size) for size in (1, 3))
    for left, right in zip(one, three, strict=True):
        assert left["scores"] == pytest.approx(right["scores"], abs=1e-5)


@pytest.mark.parametrize("choices", [["a", ""], ["a"], [], "ab", ["a", 1]])
def test_choices_to_choose_from_are_asked_for_before_a_model_is_loaded(tmp_path, choices):
    with pytest.raises(InputError, match=rf"b\.jsonl:1: choices {re.escape(repr(choices))}, exp"):
        rank(tmp_path / "none", tmp_path, records=[{"input": "x", "choices": choices}])


def test_how_choices_were_ranked_is_in_the_predictions_and_beside_them(tiny_model, tmp_path):
    records = rank(tiny_model, tmp_path, more=["--answer", '{"rank_by": "perplexity"}'])
    for record in records:
        counts = [record["prompt_tokens"] - 1 + count for count in record["choice_tokens"]]
        nats = [record["prompt_log_likelihood"] + value for value in record["log_likelihoods"]]
        assert record["scores"] == pytest.approx([a / n for a, n in zip(nats, counts, strict=True)])
        assert record["prediction"] == record["scores"].index(max(record["scores"]))
    settings = read_json(f"{tmp_path / 'p.jsonl'}.meta.json")["settings"]
    assert settings["answer"] == {"rank_by": "perplexity"}


def test_a_model_without_numbers_chooses_nothing(tiny_model, tmp_path, monkeypatch):
    model, tokenizer, device = load_model(tiny_model, "float32")
    with torch.no_grad():
        model.model.layers[1].mlp.down_proj.weight[3, 4] = torch.nan
    monkeypatch.setattr(rank_choices.main, "__defaults__", (lambda *_: (model, tokenizer, device),))
    with pytest.raises(InputError, match="NaN or infinity for likelihoods"):
        rank(tiny_model, tmp_path)
    assert not (tmp_path / "p.jsonl").exists()


def test_out_of_memory_halves_the_batch_and_goes_on(tiny_model, tmp_path, monkeypatch):
    expected = rank(tiny_model, tmp_path / "whole", batch_size=1)
    whole, tried = Ranking.rank, []

    def short(self, model, prompts, *rest):
        tried.append(len(prompts))
        if len(prompts) > 1:
            raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate")
        return whole(self, model, prompts, *rest)

    monkeypatch.setattr(Ranking, "rank", short)
    assert rank(tiny_model, tmp_path, batch_size=3) == expected
    assert tried == [3, 1, 2, 1, 1]


@pytest.mark.parametrize("more", [(), ("--answer", '{"reasoning": 4}')])
def test_a_long_choice_cuts_no_other_records_prompt(tiny_model, tmp_path, more):
    asked = {"input": "harbour " * 300, "choices": ["sea", "moon"]}
    odd = {"input": "harbour " * 300, "choices": ["sea " * 300, "moon"]}
    (alone,) = rank(tiny_model, tmp_path / "alone", records=[asked], more=more)
    beside, _ = rank(tiny_model, tmp_path, records=[asked, odd], more=more)
    assert read_json(f"{tmp_path / 'p.jsonl'}.meta.json")["settings"]["cut"] == ["1"]
    assert beside["scores"] == pytest.approx(alone["scores"], abs=1e-5)
    words = ["--model", tiny_model, "--benchmark", tmp_path / "b.jsonl", "--format", "chatml"]
    words += ["--predictions", tmp_path / "p.jsonl", "--id", "0", *more]
    words += ["--output", tmp_path / "case.json"]
    explain_case.main(explain_case.parser().parse_args(list(map(str, words))))
    assert not read_json(tmp_path / "case.json")["prompt"]["cut"]
