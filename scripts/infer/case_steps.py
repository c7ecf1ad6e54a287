"""One record put to a model, token by token: what it reads, and what it might have said instead."""

from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from scripts.convert.head import decoder_of, head_logits
from scripts.infer.likelihood import token_log_probs

Described = dict[str, Any]
ALTERNATIVES = 5  # tokens shown of each step
DIGITS = 6  # of probabilities and nats


def describe_token(token: int, tokenizer: PreTrainedTokenizerBase) -> Described:
    """Return a token's id, its name in the vocabulary and its text.

    The text of part of a character is U+FFFD; its name tells the bytes.
    """
    text = tokenizer.decode([token], skip_special_tokens=False, clean_up_tokenization_spaces=False)
    return {"id": token, "token": tokenizer.convert_ids_to_tokens(token), "text": text}


def describe_tokens(ids: list[int], tokenizer: PreTrainedTokenizerBase) -> list[Described]:
    """Return `describe_token` of each."""
    return [describe_token(token, tokenizer) for token in ids]


def hidden_states(model: PreTrainedModel, ids: list[int]) -> torch.Tensor:
    """Return the last hidden states (tokens, width) of one pass over a text, without a cache."""
    with torch.inference_mode():
        tensor = torch.tensor([ids], device=model.device)
        found: torch.Tensor = decoder_of(model)(input_ids=tensor, use_cache=False).last_hidden_state
    return found[0]


def describe_steps(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompt: list[int],
    answer: list[int],
) -> list[Described]:
    """Return each token of an answer with its probability, its rank, and the likeliest tokens.

    All are of one pass over prompt and answer: what a batch computed may differ in the last digits.
    """
    states = hidden_states(model, [*prompt, *answer[:-1]])[len(prompt) - 1 :]
    return [
        describe_step(model, tokenizer, state, token)
        for state, token in zip(states, answer, strict=True)
    ]


def describe_step(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, state: torch.Tensor, token: int
) -> Described:
    """Return a token with its probability and rank at a hidden state (width), 1 the likeliest."""
    probabilities = next_probabilities(model, state)
    found = probabilities[token]
    return describe_token(token, tokenizer) | {
        "probability": round(found.item(), DIGITS),
        "rank": int((probabilities > found).sum()) + 1,
        "alternatives": describe_likeliest(probabilities, tokenizer),
    }


def next_probabilities(model: PreTrainedModel, state: torch.Tensor) -> torch.Tensor:
    """Return the probabilities (vocabulary) of the next token at a hidden state; float32."""
    with torch.inference_mode():
        return head_logits(model, state[None])[0].float().softmax(-1)


def describe_likeliest(
    probabilities: torch.Tensor, tokenizer: PreTrainedTokenizerBase
) -> list[Described]:
    """Return the likeliest tokens with their probabilities.

    A vocabulary may have fewer tokens than the model has rows; such rows have no text.
    """
    values, ids = probabilities[: len(tokenizer)].topk(min(ALTERNATIVES, len(tokenizer)))
    return [
        describe_token(token, tokenizer) | {"probability": round(value, DIGITS)}
        for token, value in zip(ids.tolist(), values.tolist(), strict=True)
    ]


def describe_choice(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompt: list[int],
    choice: list[int],
) -> list[Described]:
    """Return each token of a choice with its log-likelihood after what is before it, in nats."""
    states = hidden_states(model, [*prompt, *choice[:-1]])[len(prompt) - 1 :]
    with torch.inference_mode():
        nats = token_log_probs(model, states, torch.tensor(choice, device=model.device)).tolist()
    return [
        describe_token(token, tokenizer) | {"nats": round(value, DIGITS)}
        for token, value in zip(choice, nats, strict=True)
    ]
