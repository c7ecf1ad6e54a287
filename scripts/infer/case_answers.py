"""A model's answer to one record, taken apart: by the ways in which tasks are answered."""

import argparse
from collections.abc import Callable
from math import isclose

import torch

from scripts.infer import rank_choices
from scripts.infer.answering import make_answerer
from scripts.infer.asking import ask_records
from scripts.infer.case_steps import (
    DIGITS,
    Described,
    describe_choice,
    describe_likeliest,
    describe_steps,
    describe_tokens,
    hidden_states,
    next_probabilities,
)
from scripts.infer.choice_records import describe_answer
from scripts.infer.ending import Ending, has_ended
from scripts.infer.exemplars import read_exemplars
from scripts.infer.inference import read_inference
from scripts.infer.likelihood import measure_windows
from scripts.infer.load import Loaded, model_window
from scripts.infer.measure_text import cut_windows
from scripts.infer.read_choice import meant_labels
from scripts.infer.record_text import record_tokenizer
from scripts.infer.rows import Record
from scripts.study.prompts import get_format

# Sums of log-likelihoods of a batch and of a record alone differ by rounding, more so in bfloat16.
CLOSE = 0.01
# From a record, the options and the model to what is told of the answer.
Explain = Callable[[Record, argparse.Namespace, Loaded], Described]


def encode_prompt(
    record: Record, arguments: argparse.Namespace, loaded: Loaded, reserved: int
) -> tuple[list[int], Described]:
    """Return the prompt as ids, and what there is to say of it; an answer has `reserved` tokens."""
    model, tokenizer, _ = loaded
    form = get_format(arguments.format, arguments.model)
    room, inference = model_window(model) - reserved, read_inference(arguments)
    written = {record["id"]: record.get("reasoning", "")}
    record = in_english(record)
    asked = ask_records(
        inference, [record], form, loaded[:2], [room], read_exemplars(inference, [record]), written
    )
    (ids,) = asked.ids
    plain = not (asked.cut or any(asked.exemplars) or inference.answer.reasoning)
    text = tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
    return ids, {
        "text": form.render(record) if plain else text,
        "cut": bool(asked.cut),
        "tokens": describe_tokens(ids, tokenizer),
    }


def in_english(record: Record) -> Record:
    """Return a record as it was asked: with what was put in the place of its own fields."""
    return {**record, **record.get("translated", {})}


def explain_answer(record: Record, arguments: argparse.Namespace, loaded: Loaded) -> Described:
    """Return a generated answer, step by step."""
    model, tokenizer, _ = loaded
    limit = arguments.max_new_tokens
    prompt, described = encode_prompt(record, arguments, loaded, limit)
    end = get_format(arguments.format, arguments.model).end.replace("{eos}", tokenizer.eos_token)
    ending = Ending(tokenizer, end, limit)
    answerer = make_answerer(read_inference(arguments), model, tokenizer, ending)
    labels = arguments.answer.labels
    answerer.meant = {record["id"]: meant_labels(in_english(record), labels)}
    (ids,) = answerer([prompt], [record["id"]])
    text, scored = ending.read(ids), record["prediction"]
    given = describe_answer(in_english(record), text, len(ids), labels)["prediction"]
    steps = describe_steps(model, tokenizer, prompt, ids)
    closed = has_ended(ids, ending.ends)
    answer = {"text": text, "closed": closed, "max_new_tokens": limit, "steps": steps}
    return {"prompt": described, "answer": answer, "prediction": scored} | compare(
        given == scored, f"alone it is answered {given!r}, in its batch it was {scored!r}"
    )


def explain_choices(record: Record, arguments: argparse.Namespace, loaded: Loaded) -> Described:
    """Return each choice's log-likelihood, token by token, and what the model would rather say."""
    model, tokenizer, _ = loaded
    texts = in_english(record)["choices"]
    choices = rank_choices.encode_choices(texts, tokenizer)
    prompt, described = encode_prompt(record, arguments, loaded, max(map(len, choices)))
    tokens = [describe_choice(model, tokenizer, prompt, choice) for choice in choices]
    nats = [sum(token["nats"] for token in choice) for choice in tokens]
    asked, form = read_inference(arguments), get_format(arguments.format, arguments.model)
    ranking = rank_choices.prepare_ranking(asked, form, model, tokenizer)
    with torch.inference_mode():
        (ranked,) = ranking.rank(model, [prompt], [choices], [texts])
    rows = zip(texts, nats, ranked["scores"], record["scores"], tokens, strict=True)
    found = [
        {
            "text": text,
            "right": number == record["answer"],
            "nats": round(total, DIGITS),
            "score": round(score, DIGITS),
            "scored": scored,
            "tokens": parts,
        }
        for number, (text, total, score, scored, parts) in enumerate(rows)
    ]
    likely = next_probabilities(model, hidden_states(model, prompt)[-1])
    given, scored = ranked["prediction"], record["prediction"]
    return {
        "prompt": described,
        "choices": found,
        "instead": describe_likeliest(likely, tokenizer),
        "answer": given,
        "prediction": scored,
    } | compare(given == scored, f"alone choice {given} is taken, in its batch {scored} was")


def explain_text(record: Record, arguments: argparse.Namespace, loaded: Loaded) -> Described:
    """Return the log-likelihood of each token of a measured text."""
    model, tokenizer, _ = loaded
    first = tokenizer.bos_token_id
    first = tokenizer.eos_token_id if first is None else first
    (ids,) = record_tokenizer(tokenizer).encode([record["text"]])
    windows = cut_windows([first, *ids], arguments.window)
    with torch.inference_mode():
        parts = [measure_windows(model, [window], first)[0] for window in windows]
    nats = torch.cat(parts).tolist()
    tokens = [
        token | {"nats": round(-value, DIGITS)}
        for token, value in zip(describe_tokens(ids, tokenizer), nats, strict=True)
    ]
    total, scored = sum(nats), record["nats"]
    text = {"window": arguments.window, "nats": round(total, DIGITS), "tokens": tokens}
    return {"text": text, "prediction": scored} | compare(
        isclose(total, scored, rel_tol=CLOSE),
        f"alone it has {total:.6g} nats, in its batch it had {scored:.6g}",
    )


def compare(equal: bool, difference: str) -> Described:
    """Return whether an answer is the one that was scored, and in words where it is not."""
    return {"equal": equal} | ({} if equal else {"difference": difference})


EXPLAINED: dict[str, Explain] = {
    "generate": explain_answer,
    "rank_choices": explain_choices,
    "measure_text": explain_text,
}
