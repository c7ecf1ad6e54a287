"""What ranks a record's choices: their log-likelihoods, measured in one of five ways.

By `rank_by` the score of a choice c after a prompt p is, in nats:

    byte           log p(c | p) / UTF-8 bytes of c, so that long choices can win
    token          log p(c | p) / tokens of c
    sum            log p(c | p)
    unconditional  log p(c | p) - log p(c | the prompt format with nothing asked), which takes from
                   a choice what it is likely by itself
    perplexity     (log p(p) + log p(c | p)) / tokens of both but the first: minus the logarithm of
                   the perplexity of prompt and choice, the lowest of which wins in x-LLM's
                   evaluation (NJUNLP/x-LLM, inference.py, evaluate_by_perplexity)

x-LLM tokenizes prompt and choice as one text; here they are tokenized apart, as in training.
"""

from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from scripts.infer.choice_rows import ONE_ROW, score_choices
from scripts.infer.record_text import record_tokenizer
from scripts.study.prompts import PromptFormat

Result = dict[str, Any]
NOTHING = {"instruction": "", "input": ""}


@dataclass(frozen=True)
class Ranking:
    """By what choices are ranked, and how their likelihoods are computed.

    `unasked` are the ids of the prompt format with nothing asked; `pad` fills rows; `way` is one of
    `scripts.infer.choice_rows`.
    """

    by: str
    unasked: list[int]
    pad: int
    way: str = ONE_ROW

    def rank(
        self,
        model: PreTrainedModel,
        prompts: list[list[int]],
        choices: list[list[list[int]]],
        texts: list[list[str]],
    ) -> list[Result]:
        """Return each question's scores, the index of its best choice, and what both come from.

        Args:
            model: on its device.
            prompts: ids, one list a question.
            choices: ids of each question's choices.
            texts: the choices themselves.
        """
        found = score_choices(model, prompts, choices, self.pad, self.way)
        facts = self.measure(model, prompts, choices)
        return [
            rank(self.by, *row)
            for row in zip(texts, [*map(count_tokens, choices)], found, facts, strict=True)
        ]

    def measure(
        self, model: PreTrainedModel, prompts: list[list[int]], choices: list[list[list[int]]]
    ) -> list[Result]:
        """Return what else is needed of each question, by its field in the predictions."""
        if self.by == "unconditional":
            same = [self.unasked] * len(prompts)
            alone = score_choices(model, same, choices, self.pad, self.way)
            return [{"unasked_log_likelihoods": row} for row in alone]
        if self.by == "perplexity":
            nats = self.measure_prompts(model, prompts)
            return [
                {"prompt_log_likelihood": value, "prompt_tokens": len(ids)}
                for value, ids in zip(nats, prompts, strict=True)
            ]
        return [{} for _ in prompts]

    def measure_prompts(self, model: PreTrainedModel, prompts: list[list[int]]) -> list[float]:
        """Return log p of each prompt but its first id, which nothing predicts, in nats.

        It is the log-likelihood of one choice, so that the way is known to be exact.
        """
        long = [ids for ids in prompts if len(ids) > 1]
        first, rest = [ids[:1] for ids in long], [[ids[1:]] for ids in long]
        found = iter(score_choices(model, first, rest, self.pad, self.way) if long else [])
        return [next(found)[0] if len(ids) > 1 else 0.0 for ids in prompts]


def encode_unasked(form: PromptFormat, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Return the ids of a format with nothing asked; of none, the id that a text begins with."""
    reader = record_tokenizer(tokenizer)
    (ids,) = reader.encode([form.reworded(reader.hide).render(NOTHING)], special=True)
    begin = tokenizer.bos_token_id
    return ids or [tokenizer.eos_token_id if begin is None else begin]


def count_tokens(choices: list[list[int]]) -> list[int]:
    """Return how many tokens each choice has."""
    return [len(ids) for ids in choices]


def rank(
    by: str, choices: list[str], tokens: list[int], nats: list[float], facts: Result
) -> Result:
    """Return scores, the index of the highest, the first of equals, and what they come from.

    Args:
        by: what ranks; ``byte`` needs no other fields than its scores.
        choices: their texts.
        tokens: how many each has.
        nats: log p(choice | prompt) of each.
        facts: what `Ranking.measure` found.
    """
    scores = score(by, choices, tokens, nats, facts)
    result: Result = {"prediction": scores.index(max(scores)), "scores": scores}
    if by != "byte":
        result |= {"log_likelihoods": nats, "choice_tokens": tokens, **facts}
    return result


def score(
    by: str, choices: list[str], tokens: list[int], nats: list[float], facts: Result
) -> list[float]:
    """Return each choice's score in nats; see the module's docstring."""
    if by == "byte":
        return divide(nats, [len(text.encode()) for text in choices])
    if by == "token":
        return divide(nats, tokens)
    if by == "unconditional":
        alone = facts["unasked_log_likelihoods"]
        return [asked - unasked for asked, unasked in zip(nats, alone, strict=True)]
    if by == "perplexity":
        whole = [facts["prompt_log_likelihood"] + value for value in nats]
        return divide(whole, [facts["prompt_tokens"] - 1 + count for count in tokens])
    return nats


def divide(values: list[float], counts: list[int]) -> list[float]:
    """Return each value by its count; a choice without tokens has a likelihood of 1."""
    return [value / max(count, 1) for value, count in zip(values, counts, strict=True)]
